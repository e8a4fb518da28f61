import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { appClient, appKeys, place, simulatedGitHub } from '../../../tests/world/simulated-github.ts';

const hour = 60 * 60 * 1000;

test('an app proves itself with its key and finds its installations', async () => {
  await using github = await simulatedGitHub();
  const { data: self } = await github.app.rest.apps.getAuthenticated();
  expect(self).toMatchObject({ slug: 'clawbench', installations_count: 1, permissions: { checks: 'write' } });
  const installations = await github.app.paginate(github.app.rest.apps.listInstallations);
  expect(installations.map(({ id }) => id)).toEqual([github.installationId]);
  const found = await github.app.rest.apps.getRepoInstallation(place);
  expect(found.data.id).toBe(github.installationId);
  const { data } = await github.octokit.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map(({ full_name: name }) => name)).toEqual(['octo/hello']);
});

test('a wrong key, a wrong app and a stale token are refused in the words of GitHub', async () => {
  await using github = await simulatedGitHub();
  const stranger = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const baseUrl = github.simulator.apiUrl;
  const forger = await appClient({
    appId: github.simulator.app.id,
    privateKey: stranger.privateKey,
    baseUrl,
  }).auth();
  await expect(forger.rest.apps.getAuthenticated()).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining('A JSON web token could not be decoded'),
  });
  const privateKey = appKeys().privateKeyPem;
  const other = await appClient({ appId: 7, privateKey, baseUrl }).auth();
  await expect(other.rest.apps.getAuthenticated()).rejects.toMatchObject({ status: 404 });

  const { data: token } = await github.app.rest.apps.createInstallationAccessToken({
    installation_id: github.installationId,
  });
  expect(token.token).toMatch(/^ghs_314159_[\w-]+\.[\w-]+\.[\w-]+$/);
  const authorization = `token ${token.token}`;
  const get = () => fetch(`${baseUrl}/repos/octo/hello`, { headers: { authorization } });
  expect((await get()).status).toBe(200);
  github.clock.advance(hour);
  const late = await get();
  expect(late.status).toBe(401);
  expect(await late.json()).toMatchObject({ message: 'Bad credentials' });
});

test("a client with a slow clock is put right by the server's date", async () => {
  await using github = await simulatedGitHub();
  github.clock.advance(-hour);
  const { data } = await github.app.rest.apps.getAuthenticated();
  expect(data?.slug).toBe('clawbench');
});

test('a token may be narrowed but not widened', async () => {
  await using github = await simulatedGitHub();
  github.world.createRepository('octo/secret', { isPrivate: true });
  const ask = (narrowing: object) =>
    github.app.rest.apps.createInstallationAccessToken({
      installation_id: github.installationId,
      ...narrowing,
    });
  await expect(ask({ repositories: ['absent'] })).rejects.toMatchObject({ status: 422 });
  await expect(ask({ permissions: { actions: 'write' } })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining('The permissions requested are not granted'),
  });
  const { data } = await ask({ repositories: ['hello'], permissions: { issues: 'read' } });
  expect(data).toMatchObject({
    repository_selection: 'selected',
    permissions: { issues: 'read', metadata: 'read' },
    repositories: [{ name: 'hello' }],
  });
  const headers = { authorization: `token ${data.token}` };
  const status = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${github.simulator.apiUrl}${path}`, { headers, ...init })).status;
  expect(await status('/repos/octo/secret')).toBe(404);
  expect(await status('/repos/octo/hello/issues')).toBe(200);
  expect(await status('/repos/octo/hello/check-runs', { method: 'POST', body: '{}' })).toBe(403);
});

test('each endpoint asks for its permission', async () => {
  await using github = await simulatedGitHub({ app: { permissions: { metadata: 'read', issues: 'read' } } });
  const issue = await github.world.openIssue({ repository: 'octo/hello', author: 'mara', title: 'Hm' });
  const refused = { status: 403, message: expect.stringContaining('Resource not accessible by integration') };
  const { rest } = github.octokit;
  const comment = { ...place, issue_number: issue.number, body: 'no' };
  await expect(rest.issues.createComment(comment)).rejects.toMatchObject(refused);
  await expect(rest.pulls.list(place)).rejects.toMatchObject(refused);
  const check = { ...place, name: 'a', head_sha: github.baseSha };
  await expect(rest.checks.create(check)).rejects.toMatchObject(refused);
  expect((await rest.issues.get({ ...place, issue_number: issue.number })).data.title).toBe('Hm');
});

test('a suspended installation may do nothing until it is restored', async () => {
  await using github = await simulatedGitHub();
  await github.octokit.rest.repos.get(place);
  await github.world.suspend(github.installationId);
  await expect(github.octokit.rest.repos.get(place)).rejects.toMatchObject({ status: 403 });
  await github.world.suspend(github.installationId, false);
  expect((await github.octokit.rest.repos.get(place)).data.name).toBe('hello');
  await github.world.uninstall(github.installationId);
  await expect(github.octokit.rest.repos.get(place)).rejects.toMatchObject({ status: 401 });
});

test('lists come in pages that Octokit follows, with and without the Enterprise prefix', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  for (let index = 1; index <= 7; index += 1) await github.world.comment(pull, 'ivo', `comment ${index}`);
  for (const baseUrl of [github.simulator.apiUrl, github.simulator.url]) {
    const privateKey = appKeys().privateKeyPem;
    const client = await appClient({ appId: github.simulator.app.id, privateKey, baseUrl }).auth(
      github.installationId,
    );
    const request = { ...place, issue_number: pull.number, per_page: 3 };
    const first = await client.rest.issues.listComments(request);
    expect(first.headers.link).toContain(
      `<${baseUrl}/repos/octo/hello/issues/1/comments?per_page=3&page=2>; rel="next"`,
    );
    expect(first.headers.link).toContain('page=3>; rel="last"');
    const all = await client.paginate(client.rest.issues.listComments, request);
    expect(all.map(({ body }) => body)).toEqual([1, 2, 3, 4, 5, 6, 7].map((index) => `comment ${index}`));
  }
});

test('a reader who has the current version is told so, for free', async () => {
  await using github = await simulatedGitHub();
  const first = await github.octokit.rest.repos.get(place);
  const used = Number(first.headers['x-ratelimit-used']);
  const again = github.octokit.request('GET /repos/{owner}/{repo}', {
    ...place,
    headers: { 'if-none-match': first.headers.etag },
  });
  await expect(again).rejects.toMatchObject({ status: 304 });
  await github.world.openIssue({ repository: 'octo/hello', author: 'mara', title: 'A change' });
  const changed = await github.octokit.request('GET /repos/{owner}/{repo}', {
    ...place,
    headers: { 'if-none-match': first.headers.etag },
  });
  expect(changed.status).toBe(200);
  expect(changed.headers['x-ratelimit-used']).toBe(String(used + 1));
});

test('GraphQL folds comments away and refuses what it does not know', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { id } = await github.world.comment(pull, 'clawbench[bot]', 'soon outdated');
  const { data: comment } = await github.octokit.rest.issues.getComment({ ...place, comment_id: id });
  const answer = await github.octokit.graphql(
    `mutation Fold($subject: ID!) {
      minimizeComment(input: { subjectId: $subject, classifier: OUTDATED, clientMutationId: "m1" }) {
        clientMutationId
        minimizedComment { isMinimized minimizedReason ... on IssueComment { viewerDidAuthor author { login __typename } } }
      }
    }`,
    { subject: comment.node_id },
  );
  expect(answer).toEqual({
    minimizeComment: {
      clientMutationId: 'm1',
      minimizedComment: {
        isMinimized: true,
        minimizedReason: 'outdated',
        viewerDidAuthor: true,
        author: { login: 'clawbench', __typename: 'Bot' },
      },
    },
  });
  expect(github.world.thread(pull).comments[0]?.minimizedReason).toBe('outdated');
  await expect(github.octokit.graphql('{ node(id: "IC_none") { id } }')).rejects.toMatchObject({
    errors: [{ type: 'NOT_FOUND' }],
  });
  await expect(github.octokit.graphql('{ viewer { salary } }')).rejects.toThrow(
    'Cannot query field "salary"',
  );
});

test('files, branches and commits of a repository can be read', async () => {
  await using github = await simulatedGitHub();
  const { rest } = github.octokit;
  const branch = await rest.repos.getBranch({ ...place, branch: 'main' });
  expect(branch.data.commit.sha).toBe(github.baseSha);
  expect((await rest.git.getRef({ ...place, ref: 'heads/main' })).data.object.sha).toBe(github.baseSha);
  expect((await rest.repos.getCommit({ ...place, ref: 'main' })).data.sha).toBe(github.baseSha);
  const file = await rest.repos.getContent({ ...place, path: 'README.md' });
  expect(file.data).toMatchObject({ type: 'file', content: Buffer.from('# Hello\n').toString('base64') });
  await expect(rest.repos.getContent({ ...place, path: 'absent' })).rejects.toMatchObject({ status: 404 });
});
