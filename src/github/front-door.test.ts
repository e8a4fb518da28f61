import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { KeptLog } from '../../tests/world/edge-doubles.ts';
import { serveFrontDoor } from '../../tests/world/github-service.ts';
import { openSqlite } from '../storage/kysely/open-sqlite.ts';
import type { DeliveryStore } from '../storage/delivery-store.ts';
import { createFrontDoor, defaultFrontDoorLimits, type FrontDoorLimits } from './front-door.ts';
import { SignatureCheck } from './webhook-secrets.ts';

const secret = 'a secret of this test';
const older = 'the one before, also long';

interface Sent {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly method?: string;
  readonly secret?: string;
}

async function openDoor(limits: Partial<FrontDoorLimits> = {}, broken?: DeliveryStore) {
  const log = new KeptLog();
  const stores = openSqlite({ path: ':memory:', log });
  await stores.migrate();
  let accepted = 0;
  const door = await serveFrontDoor({
    frontDoor: createFrontDoor({
      deliveries: broken ?? stores.deliveries,
      signatures: new SignatureCheck([secret, older]),
      clock: { now: () => 5_000 },
      log,
      onAccepted: () => {
        accepted += 1;
      },
      limits: { ...defaultFrontDoorLimits, ...limits },
    }),
  });
  return {
    door,
    log,
    deliveries: stores.deliveries,
    accepted: () => accepted,
    async send({
      body = '{"action":"created"}',
      headers = {},
      method = 'POST',
      secret: key = secret,
    }: Sent = {}) {
      const all = {
        'content-type': 'application/json',
        'x-github-event': 'issue_comment',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
        ...headers,
      };
      const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const response = await fetch(door.url, { method, headers: given, ...(method === 'POST' && { body }) });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    [Symbol.asyncDispose]: async () => {
      await door.close();
      await stores.close();
    },
  };
}

test('a signed delivery is stored byte for byte before it is answered', async () => {
  await using door = await openDoor();
  const body = new Uint8Array([123, 125, 0xff, 0xfe, 0x0d, 0x0a]);
  const guid = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
  const answer = await door.send({ body, headers: { 'x-github-delivery': guid } });
  expect(answer).toMatchObject({ status: 202, text: '' });
  const stored = await door.deliveries.claim(5_000, 1);
  expect(stored).toMatchObject({ guid, event: 'issue_comment', receivedAt: 5_000 });
  expect([...(stored?.body ?? [])]).toEqual([...body]);
  expect(door.accepted()).toBe(1);
});

test('both secrets are accepted while one is rotated, no other is', async () => {
  await using door = await openDoor();
  expect((await door.send({ secret: older })).status).toBe(202);
  expect((await door.send({ secret: 'development' })).status).toBe(401);
  expect(await door.deliveries.countPending()).toBe(1);
});

test.each<[string, Sent, number]>([
  ['no signature', { headers: { 'x-hub-signature-256': undefined } }, 401],
  ['an empty signature', { headers: { 'x-hub-signature-256': '' } }, 401],
  ['a short signature', { headers: { 'x-hub-signature-256': 'sha256=abcd' } }, 401],
  ['an old kind of signature', { headers: { 'x-hub-signature-256': `sha1=${'a'.repeat(40)}` } }, 401],
  [
    'a signature of another body',
    { body: '{}', headers: { 'x-hub-signature-256': `sha256=${'a'.repeat(64)}` } },
    401,
  ],
  ['no event', { headers: { 'x-github-event': undefined } }, 400],
  ['a strange event', { headers: { 'x-github-event': 'issue_comment; drop' } }, 400],
  ['no delivery', { headers: { 'x-github-delivery': undefined } }, 400],
  ['a strange delivery', { headers: { 'x-github-delivery': '../../etc' } }, 400],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['a type that only begins like JSON', { headers: { 'content-type': 'application/json5' } }, 415],
  ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415],
  ['a GET', { method: 'GET' }, 405],
])('%s is refused without a word', async (_name, sent, status) => {
  await using door = await openDoor();
  expect(await door.send(sent)).toMatchObject({ status, text: '' });
  expect(await door.deliveries.countPending()).toBe(0);
});

test('a charset does not make JSON something else', async () => {
  await using door = await openDoor();
  expect((await door.send({ headers: { 'content-type': 'application/json; charset=utf-8' } })).status).toBe(
    202,
  );
});

test('a ping is answered, and an event nobody handles is taken but not kept', async () => {
  await using door = await openDoor();
  expect((await door.send({ headers: { 'x-github-event': 'ping' } })).status).toBe(200);
  expect((await door.send({ headers: { 'x-github-event': 'push' } })).status).toBe(202);
  expect(
    (await door.send({ headers: { 'x-github-event': 'ping' }, secret: 'not the secret of it' })).status,
  ).toBe(401);
  expect(await door.deliveries.countPending()).toBe(0);
});

test('a delivery that waits or is done is accepted again without another row', async () => {
  await using door = await openDoor();
  const headers = { 'x-github-delivery': 'same' };
  await door.send({ headers });
  expect((await door.send({ headers })).status).toBe(202);
  expect(await door.deliveries.countPending()).toBe(1);
  const claimed = await door.deliveries.claim(5_000, 1_000);
  await door.deliveries.complete(claimed?.guid ?? '', 6_000);
  expect((await door.send({ headers })).status).toBe(202);
  expect(await door.deliveries.countPending()).toBe(0);
  expect(door.accepted()).toBe(1);
});

test('a body over the cap is refused by its length, and by its bytes when it does not say it', async () => {
  await using door = await openDoor({ maxBodyBytes: 10_000 });
  expect((await door.send({ body: 'x'.repeat(10_001) })).status).toBe(413);
  const socket = connect(door.door.port, '127.0.0.1');
  const head = [
    'POST /github/webhooks HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'X-GitHub-Event: issue_comment',
    'X-GitHub-Delivery: endless',
    `X-Hub-Signature-256: sha256=${'a'.repeat(64)}`,
    'Transfer-Encoding: chunked',
    '',
    '',
  ].join('\r\n');
  socket.write(head);
  const chunk = `1000\r\n${'y'.repeat(4096)}\r\n`;
  for (let index = 0; index < 4; index += 1) socket.write(chunk);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
  expect((await door.send({ body: '{}' })).status).toBe(202);
});

test('slow senders together cannot fill the memory, and the memory is given back', async () => {
  await using door = await openDoor({ maxBufferedBytes: 5_000 });
  expect((await door.send({ body: 'x'.repeat(6_000) })).status).toBe(503);
  for (let index = 0; index < 5; index += 1) {
    expect((await door.send({ body: 'x'.repeat(4_000) })).status).toBe(202);
    expect((await door.send({ body: 'x'.repeat(4_000), secret: 'not the secret of it' })).status).toBe(401);
  }
});

test('a sender that stops in the middle is cut off', async () => {
  await using door = await openDoor({ receiveTimeoutMs: 50 });
  const socket = connect(door.door.port, '127.0.0.1');
  socket.write(
    'POST /github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: issue_comment\r\n' +
      `X-GitHub-Delivery: slow\r\nX-Hub-Signature-256: sha256=${'a'.repeat(64)}\r\nContent-Length: 100\r\n\r\nhalf`,
  );
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
  await once(socket, 'close');
  expect(await door.deliveries.countPending()).toBe(0);
});

test('when nothing can be stored, GitHub is told so, without the reason', async () => {
  const broken: DeliveryStore = {
    receive: () => Promise.reject(new Error('disk full at /var/lib')),
    claim: async () => undefined,
    complete: async () => {},
    fail: async () => {},
    countPending: async () => 0,
    prune: async () => 0,
  };
  await using door = await openDoor({}, broken);
  expect(await door.send()).toMatchObject({ status: 503, text: '' });
  expect(door.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(door.accepted()).toBe(0);
});
