import { expect, test } from 'vitest';
import { place, simulatedGitHub } from '../../../tests/world/simulated-github.ts';

const name = 'clawbench / entry-test';
const invalid = (detail: string) => ({
  status: 422,
  response: { data: { message: `Invalid request.\n\n${detail}` } },
});

test('a check run goes from in progress to a conclusion, and the app hears of both', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { rest } = github.octokit;
  const created = await rest.checks.create({
    ...place,
    name,
    head_sha: pull.headSha ?? '',
    status: 'in_progress',
    external_id: 'run 1',
    details_url: 'http://127.0.0.1/runs/1',
    started_at: '2026-01-02T03:04:05Z',
    output: { title: 'Running', summary: '0 of 12' },
  });
  expect(created.data).toMatchObject({
    status: 'in_progress',
    conclusion: null,
    external_id: 'run 1',
    started_at: '2026-01-02T03:04:05Z',
    pull_requests: [{ number: pull.number }],
    app: { slug: 'clawbench' },
  });
  const id = { ...place, check_run_id: created.data.id };
  await rest.checks.update({
    ...id,
    conclusion: 'success',
    output: { title: 'Passed', summary: '12 of 12', text: 'all' },
    actions: [{ label: 'Re-run failed', identifier: 'failed', description: 'only what failed' }],
  });
  const { data } = await rest.checks.get(id);
  expect(data).toMatchObject({ status: 'completed', conclusion: 'success', output: { summary: '12 of 12' } });
  expect(data.completed_at).not.toBeNull();
  const listed = await rest.checks.listForRef({ ...place, ref: pull.headSha ?? '', check_name: name });
  expect(listed.data.check_runs.map((run) => run.id)).toEqual([created.data.id]);
  const suites = await rest.checks.listSuitesForRef({ ...place, ref: pull.headSha ?? '' });
  expect(suites.data.check_suites[0]).toMatchObject({ status: 'completed', conclusion: 'success' });
  await github.receiver.event('check_run', 'created');
  await github.receiver.event('check_run', 'completed');
  await github.receiver.event('check_suite', 'completed');
});

test('the Checks API enforces its limits in its own words', async () => {
  await using github = await simulatedGitHub();
  const create = (more: object) =>
    github.octokit.rest.checks.create({ ...place, name, head_sha: github.baseSha, ...more });
  const summary = 's'.repeat(65_535);
  expect((await create({ output: { title: 't', summary, text: summary } })).status).toBe(201);
  const tooLong = invalid('Only 65535 characters are allowed; 65536 were supplied.');
  await expect(create({ output: { title: 't', summary: `${summary}!` } })).rejects.toMatchObject(tooLong);
  await expect(create({ output: { title: 't', summary: '', text: `${summary}!` } })).rejects.toMatchObject(
    tooLong,
  );

  const annotations = Array.from({ length: 51 }, () => ({
    path: 'a.ts',
    start_line: 1,
    end_line: 1,
    annotation_level: 'notice',
    message: 'm',
  }));
  await expect(create({ output: { title: 't', summary: '', annotations } })).rejects.toMatchObject(
    invalid('No more than 50 items are allowed; 51 were supplied.'),
  );

  const action = { label: 'x'.repeat(20), description: 'x'.repeat(40), identifier: 'x'.repeat(20) };
  expect((await create({ actions: [action, action, action] })).status).toBe(201);
  await expect(create({ actions: [action, action, action, action] })).rejects.toMatchObject(
    invalid('No more than 3 items are allowed; 4 were supplied.'),
  );
  for (const [field, longest] of Object.entries({ label: 20, description: 40, identifier: 20 })) {
    const actions = [{ ...action, [field]: 'x'.repeat(longest + 1) }];
    await expect(create({ actions })).rejects.toMatchObject(
      invalid(`Only ${longest} characters are allowed; ${longest + 1} were supplied.`),
    );
  }
});

test('a malformed check run is refused', async () => {
  await using github = await simulatedGitHub();
  const post = (body: object) =>
    github.octokit.rest.checks.create({ ...place, name, head_sha: github.baseSha, ...body });
  await expect(post({ name: undefined })).rejects.toMatchObject(invalid('"name" wasn\'t supplied.'));
  await expect(post({ status: 'completed' })).rejects.toMatchObject(
    invalid('"conclusion" wasn\'t supplied.'),
  );
  await expect(post({ status: 'soon' })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining('"soon" is not a member of ["queued"'),
  });
  await expect(post({ conclusion: 'stale' })).rejects.toMatchObject({ status: 422 });
  await expect(post({ head_sha: 'f'.repeat(40) })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining(`No commit found for SHA: ${'f'.repeat(40)}`),
  });
  const columns = {
    path: 'a',
    start_line: 1,
    end_line: 2,
    start_column: 1,
    annotation_level: 'notice',
    message: 'm',
  };
  const output = { title: 't', summary: 's', annotations: [columns] };
  await expect(post({ output })).rejects.toMatchObject({ status: 422 });
});

test('annotations are added to, never replaced', async () => {
  await using github = await simulatedGitHub();
  const { rest } = github.octokit;
  const annotation = (message: string) => ({
    path: 'a.ts',
    start_line: 1,
    end_line: 1,
    annotation_level: 'warning' as const,
    message,
  });
  const output = (message: string) => ({ title: 't', summary: 's', annotations: [annotation(message)] });
  const run = await rest.checks.create({ ...place, name, head_sha: github.baseSha, output: output('one') });
  const id = { ...place, check_run_id: run.data.id };
  await rest.checks.update({ ...id, output: output('two') });
  const { data } = await rest.checks.listAnnotations(id);
  expect(data.map(({ message }) => message)).toEqual(['one', 'two']);
});

test('re-runs and buttons reach the app; the run itself stays as it was', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { rest } = github.octokit;
  const run = await rest.checks.create({
    ...place,
    name,
    head_sha: pull.headSha ?? '',
    conclusion: 'failure',
    output: { title: 't', summary: 's' },
    actions: [{ label: 'Acknowledge', identifier: 'ack', description: 'accept it' }],
  });
  expect((await github.world.rerequest(run.data.id, 'mara'))?.statusCode).toBe(202);
  const clicked = await github.world.clickAction(run.data.id, 'mara', 'ack');
  expect(JSON.parse(clicked?.body ?? '')).toMatchObject({
    action: 'requested_action',
    requested_action: { identifier: 'ack' },
    check_run: { id: run.data.id, check_suite: { head_sha: pull.headSha } },
    sender: { login: 'mara' },
  });
  expect(() => github.world.clickAction(run.data.id, 'mara', 'absent')).toThrow('has no button absent');
  await rest.checks.rerequestRun({ ...place, check_run_id: run.data.id });
  const suite = { ...place, check_suite_id: run.data.check_suite?.id ?? 0 };
  await rest.checks.rerequestSuite(suite);
  expect((await rest.checks.getSuite(suite)).data.conclusion).toBe('failure');
  expect((await rest.checks.listForSuite(suite)).data.total_count).toBe(1);
  const again = await rest.checks.createSuite({ ...place, head_sha: pull.headSha ?? '' });
  expect([again.status, again.data.id]).toEqual([200, suite.check_suite_id]);
  await github.receiver.event('check_suite', 'rerequested');
  expect(github.world.thread(pull).checkRuns[0]).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
  });
});

test('of several runs with one name a list shows the newest, unless all are asked for', async () => {
  await using github = await simulatedGitHub();
  const { rest } = github.octokit;
  const create = () => rest.checks.create({ ...place, name, head_sha: github.baseSha });
  await create();
  const newest = await create();
  const list = (filter: 'latest' | 'all') => rest.checks.listForRef({ ...place, ref: 'main', filter });
  expect((await list('latest')).data.check_runs.map(({ id }) => id)).toEqual([newest.data.id]);
  expect((await list('all')).data.total_count).toBe(2);
});

test("a fork's commit can be checked, but its pull request is not named", async () => {
  await using github = await simulatedGitHub();
  const pull = await github.world.openPullRequest({
    repository: 'octo/hello',
    author: 'outsider',
    title: 'From a fork',
    isFromFork: true,
  });
  const run = await github.octokit.rest.checks.create({ ...place, name, head_sha: pull.headSha ?? '' });
  expect(run.data.pull_requests).toEqual([]);
  expect(github.world.thread(pull).checkRuns).toHaveLength(1);
});
