import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { startGatewayWorld, vendorKey, type GatewayWorld } from '../../../tests/world/gateway.ts';
import { anthropicStream, startModelVendor, type ModelVendor } from '../../../tests/world/model-vendor.ts';
import { noSpend } from '../../domain/model.ts';
import type { ModelGrant } from '../model-gateway.ts';
import type { ModelGatewayOptions } from './model-gateway-server.ts';
import { TrialAccount } from './trial-account.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(
  answer: Parameters<typeof startModelVendor>[0],
  options: Partial<ModelGatewayOptions> = {},
): Promise<{ vendor: ModelVendor; world: GatewayWorld }> {
  const vendor = await startModelVendor(answer);
  const world = await startGatewayWorld({ url: vendor.url }, options);
  open.push(vendor, world.gateway);
  return { vendor, world };
}

/** As long as the usage the vendor will report for it. */
const prompt = 'word '.repeat(250);
const message = { model: 'claude-sonnet-4-5', max_tokens: 100, stream: true, system: prompt, messages: [] };
const sse = { 'content-type': 'text/event-stream' };

function call(grant: ModelGrant, extra: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${grant.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': grant.token },
    body: JSON.stringify({ ...message, ...extra }),
    ...(signal ? { signal } : {}),
  });
}

/** 1,230 input and 77 output tokens. */
const answer = anthropicStream('hello', { input: 1000, output: 77 });
const callTokens = 1307;

function answerAtOnce(response: ServerResponse): void {
  response.writeHead(200, sse);
  response.end(answer);
}

const timeouts = { connect: 5000, answer: 5000, idle: 5000 };

test.each([
  { limit: 'tokens', limits: { maxCost: 1e9, maxTokens: 3 * callTokens, maxTurns: 100 }, passed: 3 },
  { limit: 'cost', limits: { maxCost: 8000, maxTokens: 1e9, maxTurns: 100 }, passed: 2 },
  { limit: 'turns', limits: { maxCost: 1e9, maxTokens: 1e9, maxTurns: 4 }, passed: 4 },
])('parallel calls cannot pass the $limit cap', async ({ limit, limits, passed }) => {
  const { vendor, world } = await start(answerAtOnce);
  const grant = world.grant({ limits });
  const responses = await Promise.all(Array.from({ length: 12 }, () => call(grant)));
  const statuses = responses.map(({ status }) => status).sort((a, b) => a - b);
  expect(statuses).toEqual([...Array(passed).fill(200), ...Array(12 - passed).fill(402)]);
  expect(vendor.calls).toHaveLength(passed);
  const refused = responses.find(({ status }) => status === 402);
  expect(refused?.headers.get('x-clawbench-limit')).toBe(limit);
  expect(refused?.headers.get('x-should-retry')).toBe('false');
  expect(await refused?.json()).toMatchObject({ type: 'error', error: { type: 'billing_error' } });
  expect(grant.limit()).toBe(limit);
  expect(world.events.filter(({ type }) => type === 'limit-reached')).toEqual([
    { type: 'limit-reached', limit },
  ]);
});

test('what earlier tries spent counts, and an unknown price leaves the cap on tokens', async () => {
  const { world } = await start(answerAtOnce);
  const limits = { maxCost: 1000, maxTokens: 5000, maxTurns: 100 };
  const spentMoney = world.grant({ limits, spent: { ...noSpend, calls: 1, cost: 1000 } });
  expect((await call(spentMoney)).status).toBe(402);
  const spentTokens = world.grant({ limits, spent: { ...noSpend, inputTokens: 4999, outputTokens: 1 } });
  expect((await call(spentTokens)).headers.get('x-clawbench-limit')).toBe('tokens');
  const unpriced = world.grant({ limits, model: { provider: 'anthropic', id: 'house-model' } });
  const responses = await Promise.all([1, 2, 3, 4, 5].map(() => call(unpriced, { model: 'house-model' })));
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(4);
  for (const response of responses) await response.text();
  expect(unpriced.spend().cost).toBeNull();
  expect(unpriced.limit()).toBe('tokens');
});

test('nothing starts beside a call whose size nobody can tell', async () => {
  const held: ServerResponse[] = [];
  const { vendor, world } = await start((response, _, index) => {
    if (index === 0) held.push(response);
    else answerAtOnce(response);
  });
  const grant = world.grant();
  const image = { type: 'image', source: { type: 'url', url: 'https://a.example' } };
  const unbounded = call(grant, { messages: [{ role: 'user', content: [image] }] });
  await expect.poll(() => held.length).toBe(1);
  const others = [call(grant), call(grant, { max_tokens: undefined })];
  // The gateway answers this one itself, on a connection opened later than those of the others.
  expect((await call(grant, { model: 'other' })).status).toBe(404);
  expect(vendor.calls).toHaveLength(1);
  for (const response of held) answerAtOnce(response);
  expect((await Promise.all([unbounded, ...others])).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('whatever calls come in whatever order, spend passes a cap by one call at most', async () => {
  const tokens = fc.integer({ min: 0, max: 400 });
  const limits = { maxTokens: 1000, maxCost: 1e9, maxTurns: 1000 };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(tokens, tokens), { minLength: 1, maxLength: 25 }), async (calls) => {
      const account = new TrialAccount({ limits, spent: noSpend }, () => undefined);
      const { signal } = new AbortController();
      const inFlight: (() => void)[] = [];
      const makeCall = async ([actual, slack]: [number, number]): Promise<void> => {
        const admission = await account.admit({ tokens: actual + slack, cost: 0 }, signal);
        if (admission.kind !== 'admitted') return;
        inFlight.push(() => admission.settle({ ...noSpend, inputTokens: actual }, true));
      };
      const made = Promise.all(calls.map(makeCall));
      const progress = { done: false };
      const all = made.finally(() => (progress.done = true));
      while (!progress.done || inFlight.length > 0) {
        inFlight.pop()?.();
        await Promise.resolve();
      }
      await all;
      const largest = Math.max(...calls.map(([actual]) => actual));
      expect(account.spend().inputTokens).toBeLessThan(limits.maxTokens + Math.max(largest, 1));
    }),
  );
});

test('a trial can hold a bounded number of calls open', async () => {
  const held: ServerResponse[] = [];
  const { world } = await start((response) => void held.push(response));
  const grant = world.grant();
  const calls = Array.from({ length: 16 }, () => call(grant));
  await expect.poll(() => held.length).toBe(16);
  const refused = await call(grant);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  for (const response of held) answerAtOnce(response);
  for (const response of await Promise.all(calls)) await response.text();
  expect(grant.spend().calls).toBe(16);
});

test('revoking cuts a stream at once, upstream too, and books what had passed', async () => {
  let upstreamClosed: Promise<unknown> | undefined;
  const { world } = await start((response) => {
    upstreamClosed = once(response, 'close');
    response.writeHead(200, sse);
    response.write(answer.slice(0, answer.indexOf('event: message_delta')));
  });
  const grant = world.grant();
  const response = await call(grant);
  const reader = response.body?.getReader();
  await reader?.read();
  grant.revoke();
  await expect(reader?.read().then((next) => (next.done ? next : reader.read()))).rejects.toThrow(
    'terminated',
  );
  await upstreamClosed;
  await expect.poll(() => world.store.calls).toMatchObject([{ status: 200, inputTokens: 1230 }]);
  expect(grant.spend().outputTokens).toBeGreaterThan(0);
  expect(grant.upstreamFailed()).toBe(false);
  expect(world.log.lines.map(({ message: text }) => text)).toContain(
    'the usage of a model call was estimated from its bytes',
  );
  expect((await call(grant)).status).toBe(401);
});

test('an agent that hangs up ends the call upstream, and pays for it', async () => {
  const upstream = Promise.withResolvers<ServerResponse>();
  const { world } = await start((response) => upstream.resolve(response));
  const hangUp = new AbortController();
  const grant = world.grant();
  const pending = call(grant, { stream: false, max_tokens: 4000 }, hangUp.signal);
  const closed = once(await upstream.promise, 'close');
  hangUp.abort();
  await expect(pending).rejects.toThrow('aborted');
  await closed;
  await expect.poll(() => world.store.calls).toMatchObject([{ status: 499, outputTokens: 4000 }]);
});

test.each([
  { status: 429, body: { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } } },
  { status: 529, body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } },
  { status: 500, body: { type: 'error', error: { type: 'api_error', message: 'oops' } } },
])('$status of the vendor is passed on and counts as the provider’s failure', async ({ status, body }) => {
  const { world } = await start((response, _, index) => {
    if (index > 0) return answerAtOnce(response);
    response.writeHead(status, { 'retry-after': '7', 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  const grant = world.grant();
  const response = await call(grant);
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7']);
  expect(await response.json()).toEqual(body);
  expect(grant.upstreamFailed()).toBe(true);
  expect(world.store.calls).toMatchObject([{ status, inputTokens: 0, outputTokens: 0, cost: 0 }]);
  await (await call(grant)).text();
  expect(grant.upstreamFailed()).toBe(false);
});

test('a 400 is the agent’s own affair', async () => {
  const { world } = await start((response) => {
    response.writeHead(400);
    response.end('{}');
  });
  const grant = world.grant();
  expect((await call(grant)).status).toBe(400);
  expect(grant.upstreamFailed()).toBe(false);
});

test('what the vendor says about the service’s key never reaches the agent', async () => {
  const { world } = await start((response, _, index) => {
    response.writeHead(index === 0 ? 401 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `bad key: ${index === 0 ? 'the-re…' : vendorKey}` } }));
  });
  const grant = world.grant();
  for (const response of [await call(grant), await call(grant)]) {
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('the-re');
  }
  expect(grant.upstreamFailed()).toBe(true);
  expect(JSON.stringify(world.log.lines)).not.toContain(vendorKey);
});

test('redirects and compressed answers are not followed or passed on unmetered', async () => {
  const { world, vendor } = await start((response, _, index) => {
    if (index === 0) response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    else response.writeHead(200, { ...sse, 'content-encoding': 'gzip' }).end('zzz');
  });
  const grant = world.grant();
  expect([(await call(grant)).status, (await call(grant)).status]).toEqual([502, 502]);
  expect(vendor.calls).toHaveLength(2);
});

test('a vendor that is not there, too slow or broken off is its own failure', async () => {
  const { world, vendor } = await start(
    (response, _, index) => {
      if (index === 0) return;
      response.writeHead(200, sse);
      response.write(answer.slice(0, 900), () => {
        if (index === 1) response.destroy();
      });
    },
    { timeouts: { ...timeouts, answer: 100, idle: 100 } },
  );
  const grant = world.grant();
  const late = await call(grant);
  expect(late.status).toBe(504);
  expect(await late.json()).toMatchObject({ error: { type: 'timeout_error' } });
  await expect(call(grant).then((response) => response.text())).rejects.toThrow('terminated');
  await expect(call(grant).then((response) => response.text())).rejects.toThrow('terminated');
  expect(grant.upstreamFailed()).toBe(true);
  await vendor.close();
  open.splice(open.indexOf(vendor), 1);
  const gone = await call(grant);
  expect([gone.status, gone.headers.get('x-should-retry')]).toEqual([502, 'true']);
  expect(world.store.calls.map(({ status }) => status)).toEqual([504, 200, 200, 502]);
});

test('a store that fails is tried again, and at last the call is in the log', async () => {
  const { world } = await start(answerAtOnce);
  const grant = world.grant();
  world.store.failures = 2;
  await (await call(grant)).text();
  expect(world.store.calls).toHaveLength(1);
  world.store.failures = 100;
  await (await call(grant)).text();
  expect(world.store.calls).toHaveLength(1);
  expect(world.log.lines.at(-1)).toMatchObject({
    level: 'error',
    message: 'a model call could not be recorded',
    fields: { call: { outputTokens: 77 } },
  });
  expect(grant.spend().calls).toBe(2);
});

test('closing cuts what is in flight and books it', async () => {
  const arrived = Promise.withResolvers<void>();
  const { world } = await start(() => arrived.resolve());
  const grant = world.grant();
  const pending = call(grant).catch(() => 'cut');
  await arrived.promise;
  await world.gateway.close();
  expect(await pending).toBe('cut');
  expect(world.store.calls).toMatchObject([{ status: 499 }]);
});
