import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { KeptLog } from '../../tests/world/edge-doubles.ts';
import { createProbot, ProbotApi, type Fetch } from './github-api.ts';
import { RepositoryClient } from './repository-client.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const token = `ghs_${'a'.repeat(36)}`;

interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
}

type Answer = (seen: Seen, signal: AbortSignal) => Response | Promise<Response>;

/** A client whose network is `answer`; tokens are given out by themselves. */
function openApi(
  answer: Answer,
  options: { readonly requestTimeoutMs?: number; readonly paceWrites?: boolean } = {},
) {
  const log = new KeptLog();
  const time = { now: 1_000_000 };
  const seen: Seen[] = [];
  const fetch: Fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    const one = { url, method: init?.method ?? 'GET', headers: new Headers(init?.headers) };
    seen.push(one);
    if (one.url.endsWith('/access_tokens')) {
      return Response.json({ token, expires_at: '2099-01-01T00:00:00Z', permissions: {} }, { status: 201 });
    }
    return await answer(one, init?.signal ?? new AbortController().signal);
  };
  const probot = createProbot({
    appId: 7,
    privateKey,
    webhookSecret: 'a secret of this test',
    apiBaseUrl: 'https://github.test/api/v3',
    paceWrites: options.paceWrites ?? false,
    requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
    fetch,
    log,
  });
  const api = new ProbotApi(probot, { now: () => time.now });
  const client = new RepositoryClient(api, 11, { owner: 'octo', repo: 'hello' });
  return { api, client, log, seen, time };
}

function failing(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ message }, { status, headers });
}

test('every request, tokens’ included, says which version of the API it was written for', async () => {
  const { client, seen } = openApi(() => Response.json({ id: 3, body: 'x', user: { login: 'ada' } }));
  expect(await client.comment(3)).toEqual({ id: 3, body: 'x', authorLogin: 'ada' });
  expect(seen.map(({ url }) => url)).toEqual([
    'https://github.test/api/v3/app/installations/11/access_tokens',
    'https://github.test/api/v3/repos/octo/hello/issues/comments/3',
  ]);
  for (const { headers } of seen) expect(headers.get('x-github-api-version')).toBe('2022-11-28');
  expect(seen[1]?.headers.get('authorization')).toBe(`token ${token}`);
});

test('a token is used for many requests', async () => {
  const { client, seen } = openApi(() => Response.json({ id: 3, body: 'x', user: null }));
  for (let count = 0; count < 5; count += 1) await client.comment(3);
  expect(seen.filter(({ url }) => url.endsWith('/access_tokens'))).toHaveLength(1);
});

test.each([
  [401, 'unauthenticated', false],
  [403, 'forbidden', false],
  [410, 'not-found', false],
  [422, 'invalid-input', false],
  [500, 'unavailable', true],
])(
  'status %i is %s',
  async (status, code, retryable) => {
    const { client } = openApi(() => failing(status, 'no'));
    await expect(client.editComment(3, 'x')).rejects.toMatchObject({ code, retryable });
  },
  30_000,
);

test('a creation is sent once, whatever comes back; a read is tried once more', async () => {
  const { client, seen } = openApi(() => failing(502, 'bad gateway'));
  await expect(client.createComment(1, 'x')).rejects.toMatchObject({ code: 'unavailable' });
  expect(seen.filter(({ method, url }) => method === 'POST' && url.endsWith('/comments'))).toHaveLength(1);
  await expect(client.comment(3)).rejects.toMatchObject({ code: 'unavailable' });
  expect(seen.filter(({ method }) => method === 'GET')).toHaveLength(2);
});

test('an answer that does not come is not waited for', async () => {
  const { client } = openApi(
    (_seen, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { requestTimeoutMs: 50 },
  );
  await expect(client.createComment(1, 'x')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

test.each<[string, Response, number]>([
  [
    'a secondary limit with a time',
    failing(403, 'You have exceeded a secondary rate limit', { 'retry-after': '30' }),
    30_000,
  ],
  ['a secondary limit without one', failing(403, 'You have exceeded a secondary rate limit'), 60_000],
  ['too many requests', failing(429, 'slow down'), 60_000],
  [
    'a used-up quota',
    failing(403, 'API rate limit exceeded', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1090' }),
    90_000,
  ],
])('after %s nothing is sent until it is over', async (_name, limit, pauseMs) => {
  let answer = limit;
  const { client, seen, time } = openApi(() => answer);
  await expect(client.editComment(3, 'x')).rejects.toMatchObject({ code: 'limit-reached', retryable: true });
  answer = Response.json({ id: 3 });
  const sent = seen.length;
  time.now += pauseMs - 1;
  await expect(client.editComment(3, 'x')).rejects.toMatchObject({ code: 'limit-reached' });
  expect(seen).toHaveLength(sent);
  time.now += 1;
  await client.editComment(3, 'x');
});

test('an answer of another shape is said to be one', async () => {
  const { client } = openApi(() => Response.json({ id: 'three' }));
  await expect(client.comment(3)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('not what it documents'),
  });
});

test('neither tokens nor bodies get into errors and logs', async () => {
  const { client, log } = openApi(() => failing(422, `bad ${token}`));
  const body = 'a very private comment';
  const failure = await client.createComment(1, body).catch((error: unknown) => error);
  const told = JSON.stringify([
    log.lines,
    failure instanceof Error && [failure.message, failure.stack, failure.cause],
  ]);
  expect(told).not.toContain(token);
  expect(told).not.toContain(body);
  expect(told).toContain('[redacted:github-token]');
});

test('a key that is none is an error of the key', async () => {
  const probot = createProbot({
    appId: 7,
    privateKey: 'not a key',
    webhookSecret: 'a secret of this test',
    apiBaseUrl: 'https://github.test',
    paceWrites: false,
    requestTimeoutMs: 1_000,
    fetch: () => Promise.reject(new Error('no network')),
    log: new KeptLog(),
  });
  await expect(new ProbotApi(probot, { now: () => 0 }).asApp('GET /app')).rejects.toMatchObject({
    code: 'internal',
  });
});

test('writes of one installation are a second apart where GitHub asks for it', async () => {
  const { client } = openApi(() => Response.json({ id: 3 }), { paceWrites: true });
  await client.editComment(3, 'x');
  const before = performance.now();
  await client.editComment(3, 'y');
  expect(performance.now() - before).toBeGreaterThan(700);
});
