import { Probot } from 'probot';
import { expect, test } from 'vitest';
import { validateEvent, validateExchange } from '../../../tests/world/github-schemas.ts';
import { place, repositoryName, simulatedGitHub } from '../../../tests/world/simulated-github.ts';

const day = 24 * 60 * 60 * 1000;

test('an event is signed, named and carries its installation', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const { delivery } = await github.world.comment(pull, 'mara', '/clawbench help');
  const event = await github.receiver.event('issue_comment', 'created');
  expect(event.isSigned).toBe(true);
  expect(event.guid).toBe(delivery?.guid);
  expect(event.guid).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(event.headers).toMatchObject({
    'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
    'content-type': 'application/json',
    'x-github-hook-installation-target-id': '314159',
    'x-github-hook-installation-target-type': 'integration',
  });
  expect(JSON.parse(event.body)).toMatchObject({
    action: 'created',
    comment: { body: '/clawbench help', user: { login: 'mara' } },
    issue: { number: pull.number, pull_request: { html_url: pull.url } },
    installation: { id: github.installationId },
    sender: { login: 'mara' },
  });
  expect(delivery).toMatchObject({ status: 'OK', statusCode: 202, responseBody: 'received' });
});

test("Probot's own front door accepts what the simulator sends", async () => {
  await using github = await simulatedGitHub();
  const probot = new Probot({ appId: 1, privateKey: 'unused', secret: 'another secret', logLevel: 'fatal' });
  await probot.ready();
  const heard: string[] = [];
  probot.on('issues.opened', ({ payload }) => void heard.push(payload.issue.title));
  github.world.setWebhook(github.receiver.url, 'another secret');
  await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Hello' });
  const event = await github.receiver.event('issues', 'opened');
  const header = (name: string) => String(event.headers[name]);
  await probot.webhooks.verifyAndReceive({
    id: event.guid,
    name: header('x-github-event'),
    payload: event.body,
    signature: header('x-hub-signature-256'),
  });
  expect(heard).toEqual(['Hello']);
});

test('installing announces the repositories; uninstalling ends all events', async () => {
  await using github = await simulatedGitHub();
  const created = await github.receiver.event('installation', 'created');
  expect(JSON.parse(created.body)).toMatchObject({
    installation: { id: github.installationId, account: { login: 'octo' } },
    repositories: [{ full_name: repositoryName }],
  });
  await github.world.ping();
  await github.receiver.event('ping');
  await github.world.uninstall(github.installationId);
  await github.receiver.event('installation', 'deleted');
  const { delivery } = await github.world.openIssue({
    repository: repositoryName,
    author: 'mara',
    title: 'Anyone?',
  });
  expect(delivery).toBeNull();
});

test('only installed repositories and subscribed events are delivered', async () => {
  await using github = await simulatedGitHub({ app: { events: ['issue_comment'] } });
  github.world.createRepository('stranger/other');
  const here = await github.world.openIssue({ repository: repositoryName, author: 'mara', title: 'Here' });
  const there = await github.world.openIssue({
    repository: 'stranger/other',
    author: 'mara',
    title: 'There',
  });
  expect(here.delivery).toBeNull();
  expect((await github.world.comment(here, 'mara', 'yes')).delivery).not.toBeNull();
  expect((await github.world.comment(there, 'mara', 'no')).delivery).toBeNull();
  await github.world.suspend(github.installationId);
  expect((await github.world.comment(here, 'mara', 'quiet')).delivery).toBeNull();
});

test('an organisation is named beside its repository', async () => {
  await using github = await simulatedGitHub();
  github.world.createRepository('acme/tools', { isOrganization: true });
  await github.world.install('acme', ['acme/tools']);
  const { delivery } = await github.world.openIssue({
    repository: 'acme/tools',
    author: 'mara',
    title: 'Hi',
  });
  expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ organization: { login: 'acme' } });
});

test('failures are logged with their reason and can be sent again under the same GUID', async () => {
  await using github = await simulatedGitHub({ webhookDeadlineMilliseconds: 1_500 });
  const { world, receiver, app } = github;
  const issue = await world.openIssue({ repository: repositoryName, author: 'mara', title: 'Fail' });
  receiver.answer = 500;
  const refused = (await world.comment(issue, 'mara', 'one')).delivery;
  receiver.answer = 'never';
  const late = (await world.comment(issue, 'mara', 'two')).delivery;
  world.setWebhook('http://127.0.0.1:9/nobody', 's');
  const unreachable = (await world.comment(issue, 'mara', 'three')).delivery;
  expect([refused, late, unreachable].map((one) => [one?.status, one?.statusCode])).toEqual([
    ['Invalid HTTP Response: 500', 500],
    ['timed out', 504],
    ['failed to connect to host', 502],
  ]);

  const failed = await app.rest.apps.listWebhookDeliveries({ status: 'failure' });
  expect(failed.data.map(({ guid }) => guid)).toEqual([unreachable?.guid, late?.guid, refused?.guid]);
  receiver.answer = 202;
  world.setWebhook(receiver.url, 'a secret of this test');
  const again = world.nextChange(
    (change) => change.kind === 'delivery' && change.delivery.isRedelivery,
    5_000,
  );
  await app.rest.apps.redeliverWebhookDelivery({ delivery_id: refused?.id ?? 0 });
  const change = await again;
  const redelivered = change.kind === 'delivery' ? change.delivery : undefined;
  expect(redelivered).toMatchObject({ guid: refused?.guid, body: refused?.body, statusCode: 202 });
  expect(redelivered?.id).not.toBe(refused?.id);
  const arrivals = receiver.events.filter(({ guid }) => guid === refused?.guid);
  expect(arrivals.map(({ isSigned }) => isSigned)).toEqual([true, true]);
});

test('the delivery log is read page by page and ends after three days', async () => {
  await using github = await simulatedGitHub();
  const { app, world, clock } = github;
  const issue = await world.openIssue({ repository: repositoryName, author: 'mara', title: 'Many' });
  for (const body of ['a', 'b', 'c', 'd']) await world.comment(issue, 'mara', body);
  const all = world.deliveries().toReversed();
  const paged = await app.paginate(app.rest.apps.listWebhookDeliveries, { per_page: 2 });
  expect(paged.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  const [newest] = all;
  const { data } = await app.rest.apps.getWebhookDelivery({ delivery_id: newest?.id ?? 0 });
  expect(data.request.payload).toMatchObject({ comment: { body: 'd' } });
  expect(data.request.headers).toMatchObject({ 'x-github-event': 'issue_comment' });
  const config = await app.rest.apps.getWebhookConfigForApp();
  expect(config.data.url).toBe(github.receiver.url);

  clock.advance(3 * day + 1_000);
  expect((await app.rest.apps.listWebhookDeliveries()).data).toEqual([]);
  const old = app.rest.apps.redeliverWebhookDelivery({ delivery_id: newest?.id ?? 0 });
  await expect(old).rejects.toMatchObject({ status: 404 });
  const token = await app.rest.apps.createInstallationAccessToken({ installation_id: github.installationId });
  const authorization = `token ${token.data.token}`;
  const url = `${github.simulator.apiUrl}/app/hook/deliveries`;
  expect((await fetch(url, { headers: { authorization } })).status).toBe(401);
});

test('events can be kept back and arrive in another order', async () => {
  await using github = await simulatedGitHub();
  const { world, receiver } = github;
  const issue = await world.openIssue({ repository: repositoryName, author: 'mara', title: 'Order' });
  const release = world.holdWebhooks();
  const one = world.comment(issue, 'mara', 'one');
  const two = world.comment(issue, 'mara', 'two');
  expect(receiver.events.some(({ name }) => name === 'issue_comment')).toBe(false);
  release('reversed');
  await Promise.all([one, two]);
  expect(receiver.events.filter(({ name }) => name === 'issue_comment')).toHaveLength(2);
});

test('the schemas that watch over these tests notice what is missing or wrong', async () => {
  await using github = await simulatedGitHub();
  const { delivery } = await github.openPull();
  const body: Record<string, unknown> = JSON.parse(delivery?.body ?? '');
  expect(validateEvent({ event: 'pull_request', body: JSON.stringify({ ...body, number: 'one' }) })).toEqual([
    'pull_request$opened: /number must be integer',
  ]);
  expect(validateEvent({ event: 'pull_request', body: '{"action":"exploded"}' })).toHaveLength(1);
  const exchange = {
    method: 'GET',
    path: '/repos/octo/hello/pulls/1',
    query: {},
    requestBody: undefined,
    status: 200,
    responseHeaders: {},
    responseBody: (await github.octokit.rest.pulls.get({ ...place, pull_number: 1 })).data,
  };
  expect(validateExchange(exchange)).toEqual([]);
  const { head: _, ...headless } = exchange.responseBody;
  const wrong = [
    { ...exchange, responseBody: headless },
    { ...exchange, query: { per_page: '3' } },
    { ...exchange, status: 418, responseBody: { error: 'teapot' } },
    { ...exchange, path: '/repos/octo/hello/secrets' },
    { ...exchange, method: 'DELETE' },
  ];
  expect(wrong.map((one) => validateExchange(one).length > 0)).toEqual([true, true, true, true, true]);
});

test('a new branch is announced as new, and closing waits for nobody', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  await github.world.push(pull);
  const pushes = github.receiver.events.filter(({ name }) => name === 'push').map(({ body }) => body);
  expect(pushes.map((body) => body.includes('"created":true'))).toEqual([true, false]);
  github.receiver.answer = 'never';
  const unanswered = github.world.comment(pull, 'mara', 'are you there?');
  await github.receiver.event('issue_comment', 'created');
  await github.simulator.close();
  expect((await unanswered).delivery?.statusCode).toBe(502);
});
