import { expect, test } from 'vitest';
import { githubService, repositoryName } from '../../tests/world/github-service.ts';

const run = '/clawbench run entry-test';

test('a comment on a pull request becomes a run for its head commit', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  const asked = await service.comment(
    pull,
    'ada',
    `Let us see.\n\n${run}@1 trials=3 budget=$5 timeout=30m tasks=a*,b`,
  );
  expect(service.plane.requests).toEqual([
    {
      pack: 'entry-test@1',
      agentName: undefined,
      driver: undefined,
      model: undefined,
      tasks: ['a*', 'b'],
      trialsPerTask: 3,
      budget: 5_000_000,
      limits: { agentTimeoutMs: 1_800_000 },
      origin: {
        kind: 'github',
        key: `gh:comment:${asked}:0`,
        requestedBy: 'ada',
        thread: { owner: 'octo', repo: 'hello', kind: 'pr', number: pull.number },
        headSha: pull.headSha,
        installationId: service.installationId,
      },
    },
  ]);
  expect(service.reactions(pull, asked)).toEqual(['eyes']);
  expect(service.answers(pull)).toEqual([]);
});

test('on an issue the head of the default branch is taken', async () => {
  await using service = await githubService();
  const issue = await service.openIssue();
  const head = service.world.createRepository('octo/other');
  await service.comment(issue, 'ada', run);
  const [request] = service.plane.requests;
  expect(request?.origin.thread?.kind).toBe('issue');
  expect(request?.origin.headSha).toMatch(/^[0-9a-f]{40}$/);
  expect(request?.origin.headSha).not.toBe(head);
});

test('the head is fixed when the command is accepted', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  await service.comment(pull, 'ada', run);
  await service.world.push(pull);
  expect(service.plane.newest.run.origin.headSha).toBe(pull.headSha);
});

test('one of our own drivers can be named instead of an agent', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  await service.comment(pull, 'ada', `${run} agent=Builtin`);
  await service.comment(pull, 'ada', `${run} agent=Codex`);
  expect(service.plane.requests.map(({ driver, agentName }) => [driver, agentName])).toEqual([
    ['builtin', undefined],
    [undefined, 'Codex'],
  ]);
});

test('the same delivery again makes no second run and says nothing twice', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  await service.comment(pull, 'ada', `${run}\n/clawbench help`);
  const delivery = service.world.deliveries().findLast(({ event }) => event === 'issue_comment');
  if (!delivery) throw new Error('nothing was delivered');
  const again = await service.world.redeliver(delivery);
  await service.app.idle();
  expect(again.statusCode).toBe(202);
  expect(service.plane.runs).toHaveLength(1);
  expect(service.answers(pull)).toHaveLength(1);
});

test('three commands in one comment are three runs with keys of their own', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  const asked = await service.comment(pull, 'ada', [run, run, run, run].join('\n'));
  expect(service.plane.runs.map(({ origin }) => origin.key).toReversed()).toEqual(
    [0, 1, 2].map((index) => `gh:comment:${asked}:${index}`),
  );
  expect(service.answers(pull)[0]?.body).toContain('has 4 commands and the first 3 were read');
});

test.each([
  [
    'an unknown benchmark',
    '/clawbench run entri-test',
    ['there is no benchmark "entri-test"', 'Did you mean `entry-test`?'],
  ],
  [
    'a misspelt option',
    '/clawbench run entry-test trails=3',
    ['`trails` is not an option', 'Did you mean `trials`?'],
  ],
  ['a misspelt command', '/clawbench rnu entry-test', ['Did you mean `/clawbench run`?']],
])('%s is answered with the nearest valid one', async (_name, body, parts) => {
  await using service = await githubService();
  const pull = await service.openPull();
  const asked = await service.comment(pull, 'ada', body);
  expect(service.reactions(pull, asked)).toEqual(['confused']);
  const [answer, ...more] = service.answers(pull);
  for (const part of parts) expect(answer?.body).toContain(part);
  expect(more).toEqual([]);
  expect(service.plane.runs).toEqual([]);
});

test('without a role that allows it nothing happens but a 👎 and one folded line a day', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  const asked = await service.comment(pull, 'mallory', run);
  expect(service.reactions(pull, asked)).toEqual(['-1']);
  expect(service.answers(pull).map(({ body }) => body.split('\n')[1])).toEqual([
    expect.stringMatching(/^<details><summary>This needs the role <code>write<\/code>/),
  ]);
  const second = await service.comment(pull, 'mallory', `${run}\n/clawbench nonsense`);
  expect(service.reactions(pull, second)).toEqual(['-1']);
  expect(service.answers(pull)).toHaveLength(1);
  await service.comment(pull, 'trudy', run);
  expect(service.answers(pull)).toHaveLength(2);
  expect(service.plane.requests).toEqual([]);
});

test('each command needs its own role, custom roles count by what they build on', async () => {
  await using service = await githubService();
  const { world } = service;
  world.addCollaborator(repositoryName, 'tom', 'triage');
  world.addCollaborator(repositoryName, 'mia', 'maintain');
  world.addCollaborator(repositoryName, 'rob', { name: 'release-crew', base: 'write' });
  const pull = await service.openPull();
  await service.comment(pull, 'tom', '/clawbench help');
  expect(service.answers(pull)[0]?.body).toContain('| `/clawbench status [<run>]` |');
  await service.comment(pull, 'tom', run);
  expect(service.plane.runs).toEqual([]);
  await service.comment(pull, 'mia', run);
  await service.comment(pull, 'rob', run);
  expect(service.plane.runs).toHaveLength(2);
});

test('bots, our own comments and edits start nothing', async () => {
  await using service = await githubService();
  const { world } = service;
  world.createApp('other');
  const pull = await service.openPull();
  await service.comment(pull, 'other[bot]', run);
  await service.comment(pull, 'clawbench[bot]', run);
  const plain = await service.comment(pull, 'ada', 'nothing yet');
  await world.editComment(plain, 'ada', run);
  await world.idle();
  await service.comment(pull, 'ada', `<!-- clawbench v1 kind=run sig=x -->\n\n${run}`);
  expect(service.plane.requests).toEqual([]);
  expect(service.answers(pull).filter(({ body }) => body !== run)).toEqual([]);
});

test('a repository whose event was missed is asked for and registered; one without the app starts nothing', async () => {
  await using service = await githubService();
  const { repositories } = service.stores;
  expect(await repositories.list()).toMatchObject([{ owner: 'octo', name: 'hello', group: 'octo--hello' }]);
  await repositories.remove('octo', 'hello');
  const pull = await service.openPull();
  await service.comment(pull, 'ada', run);
  expect(service.plane.runs).toHaveLength(1);
  expect(await repositories.find('Octo', 'Hello')).toMatchObject({ installationId: service.installationId });
  const release = service.world.holdWebhooks();
  const written = service.world.comment(pull, 'ada', run);
  const uninstalled = service.world.uninstall(service.installationId);
  release('reversed');
  await Promise.all([written, uninstalled]);
  await service.world.idle();
  await service.app.idle();
  // Taken up while the app was on its way out, the comment has another try, and finds the app gone.
  await service.retry(3_600_000);
  expect(service.plane.runs).toHaveLength(1);
  expect(await repositories.list()).toEqual([]);
  expect(await service.stores.deliveries.countPending()).toBe(0);
});

test('status tells of the runs of this thread, or of one of this repository', async () => {
  await using service = await githubService();
  const [pull, other] = [await service.openPull(), await service.openIssue()];
  await service.comment(pull, 'ada', run);
  const { id } = service.plane.newest.run;
  await service.comment(other, 'ada', '/clawbench status');
  expect(service.answers(other).at(-1)?.body).toContain('No run was asked for in this thread yet.');
  await service.comment(other, 'ada', `/clawbench status ${id.toLowerCase()}`);
  expect(service.answers(other).at(-1)?.body).toContain(
    `⏳ Queued · \`entry-test@1\` · \`Tester_agent\` · scripted model · 2 ahead`,
  );
  service.world.createRepository('octo/elsewhere');
  service.world.addCollaborator('octo/elsewhere', 'ada', 'admin');
  const away = await service.world.openIssue({ repository: 'octo/elsewhere', author: 'ada', title: 'Away' });
  await service.comment(away, 'ada', `/clawbench status ${id}\n/clawbench cancel ${id}`);
  expect(service.answers(away).at(-1)?.body).toMatch(/No run `.*` was asked for in this repository/);
  expect(service.plane.cancelled).toEqual([]);
});

test('cancel stops the only live run, asks which of several, and stops all', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  await service.comment(pull, 'ada', '/clawbench cancel');
  expect(service.answers(pull).at(-1)?.body).toContain('Nothing is running in this thread.');
  await service.comment(pull, 'ada', run);
  const asked = await service.comment(pull, 'ada', '/clawbench cancel');
  expect(service.plane.cancelled).toEqual([{ id: service.plane.newest.run.id, by: 'ada' }]);
  expect(service.reactions(pull, asked)).toEqual(['eyes']);
  await service.comment(pull, 'ada', run);
  await service.comment(pull, 'ada', '/clawbench cancel');
  expect(service.answers(pull).at(-1)?.body).toContain('2 runs are under way here.');
  await service.comment(pull, 'ada', '/clawbench cancel all');
  expect(service.plane.cancelled).toHaveLength(2);
  expect(service.answers(pull).at(-1)?.body).toContain('is being stopped already');
});

test('closing a pull request stops its runs, merging does not', async () => {
  await using service = await githubService();
  const [closed, merged] = [await service.openPull(), await service.openPull()];
  await service.comment(closed, 'ada', run);
  const { id } = service.plane.newest.run;
  await service.comment(merged, 'ada', run);
  await service.world.close(merged, 'ada', 'merged');
  await service.world.close(closed, 'ada');
  await service.world.idle();
  await service.app.idle();
  expect(service.plane.cancelled).toEqual([{ id, by: 'closing of the pull request' }]);
});

test('commands of one thread keep their order through a failure of GitHub', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  service.world.faults.inject({ path: /\/collaborators\// }, { kind: 'status', status: 502 }, 2);
  await service.comment(pull, 'ada', run);
  expect(service.plane.runs).toEqual([]);
  await service.comment(pull, 'ada', '/clawbench cancel');
  expect(service.plane.cancelled).toEqual([]);
  await service.retry(6_000);
  await service.retry(1_000);
  expect(service.plane.runs).toHaveLength(1);
  expect(service.plane.cancelled).toHaveLength(1);
  expect(await service.stores.deliveries.countPending()).toBe(0);
});

test('a reply whose answer was lost is found and not written again', async () => {
  await using service = await githubService();
  const pull = await service.openPull();
  service.world.faults.inject({ method: 'POST', path: /\/comments$/ }, { kind: 'drop', when: 'after' });
  await service.comment(pull, 'ada', '/clawbench help');
  await service.retry(6_000);
  expect(service.answers(pull)).toHaveLength(1);
  expect(await service.stores.deliveries.countPending()).toBe(0);
});
