import { expect, test } from 'vitest';
import { place, repositoryName, simulatedGitHub } from '../../../tests/world/simulated-github.ts';

test('a comment is written, changed, found and removed; the app hears of each', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { rest } = github.octokit;
  const { data: comment, status } = await rest.issues.createComment({
    ...place,
    issue_number: pull.number,
    body: 'first',
  });
  expect(status).toBe(201);
  expect(comment).toMatchObject({
    user: { login: 'clawbench[bot]', type: 'Bot' },
    performed_via_github_app: { slug: 'clawbench' },
    html_url: `${pull.url}#issuecomment-${comment.id}`,
  });
  await rest.issues.updateComment({ ...place, comment_id: comment.id, body: 'second' });
  expect((await rest.issues.getComment({ ...place, comment_id: comment.id })).data.body).toBe('second');
  expect((await rest.issues.listCommentsForRepo(place)).data).toHaveLength(1);
  await rest.issues.deleteComment({ ...place, comment_id: comment.id });
  await expect(rest.issues.getComment({ ...place, comment_id: comment.id })).rejects.toMatchObject({
    status: 404,
  });
  await github.world.idle();
  const heard = github.receiver.events.filter(({ name }) => name === 'issue_comment');
  expect(new Set(heard.map(({ action }) => action))).toEqual(new Set(['created', 'deleted', 'edited']));
});

test('a comment may have 65,536 characters and not one more', async () => {
  await using github = await simulatedGitHub();
  const issue = await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Long' });
  const write = (body: string) =>
    github.octokit.rest.issues.createComment({ ...place, issue_number: issue.number, body });
  expect((await write('é'.repeat(65_536))).status).toBe(201);
  await expect(write('x'.repeat(65_537))).rejects.toMatchObject({
    status: 422,
    response: {
      data: {
        message: 'Validation Failed',
        errors: [
          {
            resource: 'IssueComment',
            code: 'unprocessable',
            field: 'data',
            message: 'Body is too long (maximum is 65536 characters)',
          },
        ],
      },
    },
  });
  await expect(write('  ')).rejects.toMatchObject({ status: 422 });
  await expect(github.world.comment(issue, 'mara', 'x'.repeat(65_537))).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

test('the same reaction twice is one reaction', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { id } = await github.world.comment(pull, 'mara', '/clawbench run entry-test');
  github.world.react(id, 'mara', 'eyes');
  const { rest } = github.octokit;
  const react = () => rest.reactions.createForIssueComment({ ...place, comment_id: id, content: 'eyes' });
  const first = await react();
  const second = await react();
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.data.id).toBe(first.data.id);
  const listed = await rest.reactions.listForIssueComment({ ...place, comment_id: id, content: 'eyes' });
  expect(listed.data.map(({ user }) => user?.login)).toEqual(['mara', 'clawbench[bot]']);
  await rest.reactions.deleteForIssueComment({ ...place, comment_id: id, reaction_id: first.data.id });
  const notOurs = { ...place, comment_id: id, reaction_id: listed.data[0]?.id ?? 0 };
  await expect(rest.reactions.deleteForIssueComment(notOurs)).rejects.toMatchObject({ status: 403 });
  expect(github.world.thread(pull).comments[0]?.reactions).toEqual([{ login: 'mara', content: 'eyes' }]);

  const onPull = { ...place, issue_number: pull.number };
  const rocket = await rest.reactions.createForIssue({ ...onPull, content: 'rocket' });
  expect((await rest.reactions.listForIssue(onPull)).data).toHaveLength(1);
  await rest.reactions.deleteForIssue({ ...onPull, reaction_id: rocket.data.id });
  expect(github.world.thread(pull).reactions).toEqual([]);
  const unknown = rest.issues.get({ ...place, issue_number: 99 });
  await expect(unknown).rejects.toMatchObject({ status: 404 });
});

test.each([
  ['read', 'read', 'read'],
  ['triage', 'read', 'triage'],
  ['write', 'write', 'write'],
  ['maintain', 'write', 'maintain'],
  ['admin', 'admin', 'admin'],
] as const)('a collaborator with the role %s has the older permission %s', async (role, older, name) => {
  await using github = await simulatedGitHub();
  github.world.addCollaborator(repositoryName, 'mara', role);
  const { data } = await github.octokit.rest.repos.getCollaboratorPermissionLevel({
    ...place,
    username: 'Mara',
  });
  expect(data).toMatchObject({ permission: older, role_name: name });
});

test('outsiders read what is public, custom roles keep their name, nobody is nobody', async () => {
  await using github = await simulatedGitHub();
  const { world, octokit } = github;
  world.createUser('outsider');
  world.createRepository('octo/secret', { isPrivate: true });
  world.addCollaborator(repositoryName, 'lena', { base: 'triage', name: 'release-manager' });
  const ask = async (repo: string, username: string) => {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
      owner: 'octo',
      repo,
      username,
    });
    return [data.permission, data.role_name];
  };
  expect(await ask('hello', 'outsider')).toEqual(['read', 'read']);
  expect(await ask('secret', 'outsider')).toEqual(['none', 'none']);
  expect(await ask('hello', 'lena')).toEqual(['read', 'release-manager']);
  expect(await ask('hello', 'octo')).toEqual(['admin', 'admin']);
  world.removeCollaborator(repositoryName, 'lena');
  expect(await ask('hello', 'lena')).toEqual(['read', 'read']);
  await expect(ask('hello', 'nobody')).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining('nobody is not a user'),
  });
});

test('a pull request follows its branch, also from a fork, and can be merged', async () => {
  await using github = await simulatedGitHub();
  const { world, octokit, receiver } = github;
  const own = await github.openPull();
  const foreign = await world.openPullRequest({
    repository: repositoryName,
    author: 'outsider',
    title: 'From a fork',
    isFromFork: true,
  });
  const get = async (number: number) =>
    (await octokit.rest.pulls.get({ ...place, pull_number: number })).data;
  expect((await get(own.number)).head).toMatchObject({ sha: own.headSha, label: 'octo:change-1' });
  expect((await get(foreign.number)).head).toMatchObject({
    sha: foreign.headSha,
    repo: { full_name: 'outsider/hello', fork: true },
  });
  const { sha, deliveries } = await world.push(foreign, { 'more.txt': 'more' });
  expect(deliveries.map(({ event, action }) => `${event} ${action}`)).toEqual(['pull_request synchronize']);
  expect((await get(foreign.number)).head.sha).toBe(sha);
  expect(JSON.parse((await receiver.event('pull_request', 'synchronize')).body)).toMatchObject({
    before: foreign.headSha,
    after: sha,
  });
  const pushed = await world.push(own);
  const kinds = pushed.deliveries.map(({ event, action }) => `${event} ${action}`);
  expect(kinds).toEqual(['push null', 'check_suite requested', 'pull_request synchronize']);

  await world.close(own, 'octo', 'merged');
  await world.close(foreign, 'outsider');
  expect(await get(own.number)).toMatchObject({
    merged: true,
    state: 'closed',
    merged_by: { login: 'octo' },
  });
  expect((await octokit.rest.pulls.list({ ...place, state: 'all' })).data).toHaveLength(2);
  expect((await octokit.rest.pulls.list(place)).data).toHaveLength(0);
  await world.reopen(foreign, 'outsider');
  expect((await octokit.rest.pulls.list(place)).data).toHaveLength(1);
  expect(world.threads().map(({ state }) => state)).toEqual(['merged', 'open']);
});

test('waiting for a change neither misses one nor waits for ever', async () => {
  await using github = await simulatedGitHub();
  const issue = await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Wait' });
  const second = github.world.until(issue, ({ comments }) => comments[1]?.body, 5_000);
  const change = github.world.nextChange(({ kind }) => kind === 'comment', 5_000);
  await github.world.comment(issue, 'mara', 'one');
  await github.world.comment(issue, 'ivo', 'two');
  expect(await second).toBe('two');
  expect(await change).toMatchObject({ kind: 'comment', action: 'created', comment: { body: 'one' } });
  expect(await github.world.until(issue, ({ comments }) => comments[0]?.login, 0)).toBe('mara');
  const never = github.world.until(issue, ({ comments }) => comments[9], 20);
  await expect(never).rejects.toMatchObject({ code: 'timeout' });
});

test('another app writes under its own name', async () => {
  await using github = await simulatedGitHub();
  github.world.createApp('imposter');
  const pull = await github.openPull();
  const { id } = await github.world.comment(pull, 'imposter[bot]', 'a planted marker');
  const { data } = await github.octokit.rest.issues.getComment({ ...place, comment_id: id });
  expect(data).toMatchObject({ user: { type: 'Bot' }, performed_via_github_app: { slug: 'imposter' } });
  await github.octokit.rest.issues.updateComment({ ...place, comment_id: id, body: 'overwritten' });
  expect(github.world.thread(pull).comments[0]).toMatchObject({
    login: 'imposter[bot]',
    body: 'overwritten',
  });
});
