import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startGatewayWorld, vendorKey, type GatewayWorld } from '../../../tests/world/gateway.ts';
import {
  anthropicStream,
  chatStream,
  responsesStream,
  startModelVendor,
  type ModelVendor,
} from '../../../tests/world/model-vendor.ts';
import type { ModelGrant } from '../model-gateway.ts';
import type { ModelGatewayOptions } from './model-gateway-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(
  answer: Parameters<typeof startModelVendor>[0],
  provider: 'anthropic' | 'openai' = 'anthropic',
  options: Partial<ModelGatewayOptions> = {},
): Promise<{ vendor: ModelVendor; world: GatewayWorld }> {
  const vendor = await startModelVendor(answer);
  const world = await startGatewayWorld({ url: vendor.url, provider }, options);
  open.push(vendor, world.gateway);
  return { vendor, world };
}

function call(
  grant: Pick<ModelGrant, 'baseUrl' | 'token'>,
  body: unknown,
  {
    path = '/v1/messages',
    headers = {},
    signal,
  }: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(grant.baseUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': grant.token, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

const message = { model: 'claude-sonnet-4-5', max_tokens: 100, stream: true, messages: [] };
const sse = { 'content-type': 'text/event-stream; charset=utf-8' };

test('passes an Anthropic stream through byte for byte, meters it and books it before it ends', async () => {
  const bytes = Buffer.from(anthropicStream('héllo', { input: 1000, output: 77 }));
  const { vendor, world } = await start((response) => {
    response.writeHead(200, {
      ...sse,
      'request-id': 'req_1',
      'anthropic-ratelimit-tokens-remaining': '9',
      'anthropic-organization-id': 'org-secret',
      'set-cookie': 'a=b',
    });
    // One write a byte: every chunk boundary there can be.
    for (const byte of bytes) response.write(Uint8Array.of(byte));
    response.end();
  });
  const grant = world.grant();
  const response = await call(grant, message, {
    path: '/v1/messages?beta=true&x=1',
    headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a', cookie: 'c=d', 'x-custom': 'y' },
  });
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  expect(response.headers.get('request-id')).toBe('req_1');
  expect(response.headers.get('anthropic-ratelimit-tokens-remaining')).toBe('9');
  expect(response.headers.get('anthropic-organization-id')).toBeNull();
  expect(response.headers.get('set-cookie')).toBeNull();

  const [received] = vendor.calls;
  expect(received?.path).toBe('/v1/messages?beta=true');
  expect(received?.body).toBe(JSON.stringify(message));
  expect(received?.headers).toMatchObject({
    'x-api-key': vendorKey,
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a',
    'accept-encoding': 'identity',
  });
  expect(received?.headers['cookie']).toBeUndefined();
  expect(received?.headers['x-custom']).toBeUndefined();
  expect(JSON.stringify(received)).not.toContain(grant.token);

  const usage = { inputTokens: 1230, cachedInputTokens: 200, outputTokens: 77 };
  const cost = Math.round(1000 * 3 + 200 * 0.3 + 30 * 3.75 + 77 * 15);
  expect(world.store.calls).toMatchObject([
    { ...usage, cost, status: 200, model: 'anthropic/claude-sonnet-4-5', leaseToken: 3, id: 'call-1' },
  ]);
  expect(world.events).toMatchObject([{ type: 'model-called', ...usage, costMicroUsd: cost, status: 200 }]);
  expect(grant.spend()).toEqual({ calls: 1, ...usage, cost });
  expect([grant.limit(), grant.upstreamFailed()]).toEqual([undefined, false]);
});

test.each([
  { path: '/v1/chat/completions', stream: chatStream, extra: { stream_options: { include_usage: true } } },
  { path: '/v1/responses', stream: responsesStream, extra: {} },
])('passes $path through and asks for its usage', async ({ path, stream, extra }) => {
  const text = stream('hello', { input: 900, output: 77 });
  const { vendor, world } = await start((response) => {
    response.writeHead(200, { ...sse, 'x-ratelimit-remaining-tokens': '5', 'openai-organization': 'org' });
    response.end(text);
  }, 'openai');
  const grant = world.grant();
  const body = { model: 'gpt-5', stream: true, temperature: 1 };
  const headers = { 'x-api-key': '', authorization: `Bearer ${grant.token}`, 'openai-organization': 'other' };
  const response = await fetch(grant.baseUrl + path, {
    method: 'POST',
    headers: { authorization: headers.authorization, 'openai-organization': 'other' },
    body: JSON.stringify(body),
  });
  expect(await response.text()).toBe(text);
  expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('5');
  expect(response.headers.get('openai-organization')).toBeNull();
  expect(vendor.calls[0]?.headers['authorization']).toBe(`Bearer ${vendorKey}`);
  expect(vendor.calls[0]?.headers['openai-organization']).toBeUndefined();
  expect(JSON.parse(vendor.calls[0]?.body ?? '')).toEqual({ ...body, ...extra });
  expect(grant.spend()).toMatchObject({ inputTokens: 900, cachedInputTokens: 40, outputTokens: 77 });
});

test('a wrong, revoked or missing token opens nothing', async () => {
  const { vendor, world } = await start((response) => void response.end());
  const grant = world.grant();
  grant.revoke();
  for (const token of ['', 'clawbench_model_guess', grant.token]) {
    const response = await call({ ...grant, token }, message);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'authentication_error', message: 'unknown or ended token' },
    });
  }
  const openai = await fetch(`${grant.baseUrl}/v1/responses`, { method: 'POST', body: '{}' });
  expect(await openai.json()).toMatchObject({ error: { code: 'invalid_api_key', param: null } });
  expect(vendor.calls).toEqual([]);
});

test('only the granted model, known paths and bodies that can be metered go upstream', async () => {
  const { vendor, world } = await start((response) => void response.end());
  const grant = world.grant();
  const status = async (body: unknown, path?: string) =>
    (await call(grant, body, path ? { path } : {})).status;
  expect(await status({ ...message, model: 'claude-opus-4-5' })).toBe(404);
  expect(await status('{"model":"claude-opus-4-5","mod\\u0065l":"claude-sonnet-4-5"}')).toBe(400);
  expect(await status('{"model":')).toBe(400);
  expect(await status([])).toBe(400);
  expect(await status({ ...message, max_tokens: -1 })).toBe(400);
  expect(await status({ ...message, tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toBe(
    400,
  );
  expect(await status({ ...message, mcp_servers: [{ url: 'https://example.org' }] })).toBe(400);
  expect(await status({ ...message, service_tier: 'priority' })).toBe(400);
  expect(await status({ ...message, background: true })).toBe(400);
  expect(await status(message, '/v1/models')).toBe(404);
  expect(await status(message, '/v1/chat/completions')).toBe(404);
  expect(vendor.calls).toEqual([]);
  expect(world.store.calls).toEqual([]);
});

test('keys may repeat anywhere but at the top', async () => {
  const { vendor, world } = await start((response) => void response.end('{}'));
  const body = `{"model":"claude-sonnet-4-5","a":{"x":"}\\\\","x":["model",{"model":1}]},"b":"\\"model\\":"}`;
  const response = await call(world.grant(), body);
  expect(response.status).toBe(200);
  expect(vendor.calls[0]?.body).toBe(body);
});

test('an oversized body is refused, announced or not', async () => {
  const { vendor, world } = await start((response) => void response.end(), 'anthropic', {
    maxBodyBytes: 1000,
  });
  const grant = world.grant();
  const announced = await call(grant, { ...message, padding: 'x'.repeat(2000) });
  expect(announced.status).toBe(413);
  expect(await announced.json()).toMatchObject({ error: { type: 'request_too_large' } });
  const unannounced = request(`${grant.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': grant.token, 'transfer-encoding': 'chunked' },
  });
  unannounced.on('error', () => undefined);
  unannounced.write(Buffer.alloc(600));
  unannounced.write(Buffer.alloc(600));
  const [refused]: unknown[] = await once(unannounced, 'response');
  expect(refused).toMatchObject({ statusCode: 413, headers: { connection: 'close' } });
  unannounced.destroy();
  expect(vendor.calls).toEqual([]);
});

test('counting tokens is free and leaves no trace in the books', async () => {
  const { vendor, world } = await start((response) => void response.end('{"input_tokens":12}'));
  const grant = world.grant();
  const response = await call(grant, message, { path: '/v1/messages/count_tokens' });
  expect(await response.json()).toEqual({ input_tokens: 12 });
  expect(vendor.calls).toHaveLength(1);
  expect([world.store.calls, grant.spend().calls]).toEqual([[], 0]);
});

test('says what is missing for a model it cannot serve', async () => {
  const { world } = await start((response) => void response.end());
  expect(world.gateway.refusal({ provider: 'anthropic', id: 'anything' })).toBeUndefined();
  const refusal = world.gateway.refusal({ provider: 'openai', id: 'gpt-5' });
  expect(refusal?.reason).toContain('openai/gpt-5');
  expect(refusal?.hint).toContain('OPENAI_API_KEY');
  expect(() => world.grant({ model: { provider: 'openai', id: 'gpt-5' } })).toThrow('no access to openai');
});
