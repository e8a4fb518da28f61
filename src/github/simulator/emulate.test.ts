import { createEmulator } from 'emulate';
import { createServer } from 'node:net';
import { Probot } from 'probot';
import { expect, test } from 'vitest';
import { appClient, appKeys, simulatedGitHub } from '../../../tests/world/simulated-github.ts';
import { receiveWebhooks, type WebhookReceiver } from '../../../tests/world/webhook-receiver.ts';

/** A GitHub to play the scenario on, with the app `clawbench` installed on `octo/hello`. */
interface Stage extends AsyncDisposable {
  readonly baseUrl: string;
  readonly appId: number;
  readonly installationId: number;
  readonly webhookSecret: string;
  readonly receiver: WebhookReceiver;
  /** Opens an issue as `mara` and returns its number. */
  openIssue(title: string): Promise<number>;
}

const place = { owner: 'octo', repo: 'hello' };

async function simulatorStage(): Promise<Stage> {
  const github = await simulatedGitHub();
  return {
    baseUrl: github.simulator.apiUrl,
    appId: github.simulator.app.id,
    installationId: github.installationId,
    webhookSecret: 'a secret of this test',
    receiver: github.receiver,
    openIssue: async (title) =>
      (await github.world.openIssue({ repository: 'octo/hello', author: 'mara', title })).number,
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  };
}

/** The emulator announces the port it was given, so it cannot choose one itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function emulateStage(): Promise<Stage> {
  const webhookSecret = 'a secret of this test';
  const receiver = await receiveWebhooks(webhookSecret);
  const app = {
    app_id: 314_159,
    slug: 'clawbench',
    name: 'clawbench',
    private_key: appKeys().privateKeyPem,
    permissions: {
      metadata: 'read',
      contents: 'read',
      issues: 'write',
      pull_requests: 'write',
      checks: 'write',
    },
    events: ['issue_comment', 'issues', 'check_run'],
    webhook_url: receiver.url,
    webhook_secret: webhookSecret,
    installations: [{ installation_id: 100, account: 'octo', repository_selection: 'all' }],
  };
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: {
      tokens: { 'token-of-mara': { login: 'mara', scopes: ['repo'] } },
      github: {
        users: [{ login: 'octo' }, { login: 'mara' }],
        repos: [{ owner: 'octo', name: 'hello', auto_init: true }],
        apps: [app],
      },
    },
  });
  return {
    baseUrl: emulator.url,
    appId: app.app_id,
    installationId: 100,
    webhookSecret,
    receiver,
    openIssue: async (title) => {
      const response = await fetch(`${emulator.url}/repos/octo/hello/issues`, {
        method: 'POST',
        headers: { authorization: 'token token-of-mara' },
        body: JSON.stringify({ title }),
      });
      const issue: { number: number } = await response.json();
      return issue.number;
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const stages = { 'our simulator': simulatorStage, 'emulate 0.12.2': emulateStage };

test.each(Object.entries(stages))(
  'on %s an app signs in, comments, reports a check, and hears of it',
  async (_name, open) => {
    await using stage = await open();
    const { baseUrl, appId, installationId, receiver } = stage;
    const probot = appClient({ appId, privateKey: appKeys().privateKeyPem, baseUrl });
    const asApp = await probot.auth();
    expect((await asApp.rest.apps.getAuthenticated()).data?.slug).toBe('clawbench');
    expect((await asApp.rest.apps.getRepoInstallation(place)).data.id).toBe(installationId);

    const { rest } = await probot.auth(installationId);
    const number = await stage.openIssue('Please measure');
    const comment = await rest.issues.createComment({ ...place, issue_number: number, body: 'queued' });
    expect([comment.status, comment.data.user?.login, comment.data.user?.type]).toEqual([
      201,
      'clawbench[bot]',
      'Bot',
    ]);
    const id = { ...place, comment_id: comment.data.id };
    await rest.issues.updateComment({ ...id, body: 'finished' });
    expect((await rest.issues.getComment(id)).data.body).toBe('finished');
    const listed = await rest.issues.listComments({ ...place, issue_number: number });
    expect(listed.data.map(({ body }) => body)).toEqual(['finished']);

    const branch = await rest.repos.getBranch({ ...place, branch: 'main' });
    const check = { ...place, name: 'clawbench / entry-test', head_sha: branch.data.commit.sha };
    const run = await rest.checks.create({
      ...check,
      status: 'in_progress',
      output: { title: 'Running', summary: '0 of 12' },
    });
    expect([run.status, run.data.status, run.data.conclusion]).toEqual([201, 'in_progress', null]);
    const output = { title: 'Passed', summary: '12 of 12' };
    await rest.checks.update({
      ...place,
      check_run_id: run.data.id,
      status: 'completed',
      conclusion: 'success',
      output,
    });
    const done = (await rest.checks.get({ ...place, check_run_id: run.data.id })).data;
    expect([done.status, done.conclusion, done.output.title]).toEqual(['completed', 'success', 'Passed']);

    const event = await receiver.event('issue_comment', 'created');
    const frontDoor = new Probot({
      appId: 1,
      privateKey: 'unused',
      secret: stage.webhookSecret,
      logLevel: 'fatal',
    });
    await frontDoor.ready();
    const heard: string[] = [];
    frontDoor.on('issue_comment.created', ({ payload }) => {
      heard.push(`${payload.comment.body} in ${payload.repository.full_name} by ${payload.installation?.id}`);
    });
    await frontDoor.webhooks.verifyAndReceive({
      id: event.guid,
      name: String(event.headers['x-github-event']),
      payload: event.body,
      signature: String(event.headers['x-hub-signature-256']),
    });
    expect(heard).toEqual([`queued in octo/hello by ${installationId}`]);
    expect((await receiver.event('check_run', 'created')).isSigned).toBe(true);
  },
);

test.each(Object.entries(stages))('on %s a wrong key is refused', async (_name, open) => {
  await using stage = await open();
  const { baseUrl, appId } = stage;
  const header = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = Buffer.from(JSON.stringify({ iss: appId, iat: now, exp: now + 60 })).toString('base64url');
  const authorization = `Bearer ${header}.${claims}.${Buffer.alloc(256).toString('base64url')}`;
  expect((await fetch(`${baseUrl}/app`, { headers: { authorization } })).status).toBe(401);
});
