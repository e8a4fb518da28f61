import { expect, test } from 'vitest';
import { place, repositoryName, simulatedGitHub } from '../../../../tests/world/simulated-github.ts';

const text = async (url: string) => (await fetch(url)).text();

const submit = (url: string, fields: Record<string, string>, origin = new URL(url).origin) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers: { origin } });

test('a thread shows its comments, reactions and checks, under a strict policy', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { id } = await github.world.comment(pull, 'mara', '**bold** <script>alert(1)</script>');
  github.world.react(id, 'ivo', 'rocket');
  const folded = await github.world.comment(pull, 'ivo', 'off topic');
  const { data } = await github.octokit.rest.issues.getComment({ ...place, comment_id: folded.id });
  await github.octokit.graphql(
    'mutation($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OFF_TOPIC }) { clientMutationId } }',
    { id: data.node_id },
  );
  const run = await github.octokit.rest.checks.create({
    ...place,
    name: 'clawbench / entry-test',
    head_sha: pull.headSha ?? '',
    conclusion: 'success',
    output: { title: 'Passed <b>', summary: '| a |\n|---|\n| 1 |', text: 'the whole text' },
  });
  const answer = await fetch(pull.url);
  const page = await answer.text();
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).toContain('<strong>bold</strong>');
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('<span title="ivo">🚀 <small>rocket</small> 1</span>');
  expect(page).toContain('is folded away as off-topic');
  expect(page).toContain('Passed &lt;b&gt;');
  expect(page).toContain('<noscript><meta http-equiv="refresh" content="5" /></noscript>');
  expect(await text(`${pull.url}?write=yes`)).not.toContain('http-equiv="refresh"');
  expect(await text(run.data.html_url ?? '')).toContain('the whole text');
  expect(await text(github.simulator.url)).toContain('octo/hello#1');
  for (const asset of ['style.css', 'live.js', 'icon.svg', 'avatars/mara.svg']) {
    expect((await fetch(`${github.simulator.url}/-/${asset}`)).status).toBe(200);
  }
});

test('the form writes a comment as one of the known people only', async () => {
  await using github = await simulatedGitHub();
  const issue = await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Ask' });
  const form = `${issue.url}/comments`;
  const written = await submit(form, { login: 'mara', body: 'one\r\n/clawbench help' });
  expect([written.status, written.headers.get('location')]).toEqual([303, '/octo/hello/issues/1?as=mara']);
  expect(github.world.thread(issue).comments).toMatchObject([
    { login: 'mara', body: 'one\n/clawbench help' },
  ]);
  expect((await github.receiver.event('issue_comment', 'created')).isSigned).toBe(true);
  expect((await submit(form, { login: 'nobody', body: 'x' })).status).toBe(400);
  expect((await submit(form, { login: 'clawbench[bot]', body: 'x' })).status).toBe(400);
  expect((await submit(form, { login: 'mara', body: ' ' })).status).toBe(400);
  expect((await submit(form, { login: 'mara', body: 'x'.repeat(65_537) })).status).toBe(400);
  expect((await submit(form, { login: 'mara', body: 'x' }, 'https://evil.example')).status).toBe(403);
  expect((await fetch(`${github.simulator.url}/octo/hello/issues/99`)).status).toBe(404);
  expect(github.world.thread(issue).comments).toHaveLength(1);
});

test('the buttons of a check reach the app', async () => {
  await using github = await simulatedGitHub();
  const run = await github.octokit.rest.checks.create({
    ...place,
    name: 'a',
    head_sha: github.baseSha,
    conclusion: 'failure',
    actions: [{ label: 'Again', identifier: 'again', description: 'once more' }],
  });
  const page = run.data.html_url ?? '';
  expect((await submit(page, { login: 'mara', click: 'rerequest' })).status).toBe(303);
  expect((await submit(page, { login: 'mara', click: 'action:again' })).status).toBe(303);
  expect((await submit(page, { login: 'mara', click: 'action:absent' })).status).toBe(400);
  await github.receiver.event('check_run', 'rerequested');
  await github.receiver.event('check_run', 'requested_action');
});

test('a reader is told of each change as it happens', async () => {
  await using github = await simulatedGitHub();
  const issue = await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Live' });
  const answer = await fetch(`${github.simulator.url}/-/changes`);
  const stream = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await stream?.read())?.value).toContain('event: open');
  await github.world.comment(issue, 'mara', 'now');
  expect((await stream?.read())?.value).toContain('event: change');
  await stream?.cancel();
});
