import { afterEach, expect, test } from 'vitest';
import { KeptLog } from '../../tests/world/edge-doubles.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { openSqlite } from '../storage/kysely/open-sqlite.ts';
import type { Stores } from '../storage/stores.ts';
import { Inbox, type InboxLimits, type Webhook } from './inbox.ts';

const open: Stores[] = [];
afterEach(async () => {
  for (const stores of open.splice(0)) await stores.close();
});

/** A comment on a thread, as far as the inbox looks at it. */
function comment(number: number, id: number): unknown {
  return {
    action: 'created',
    installation: { id: 1 },
    repository: { name: 'hello', owner: { login: 'octo' }, default_branch: 'main' },
    issue: { number },
    comment: { id, body: 'x', created_at: '2026-11-20T10:00:00Z', user: { login: 'ada', type: 'User' } },
  };
}

async function openInbox(receive: (webhook: Webhook) => Promise<void>, limits: Partial<InboxLimits> = {}) {
  const log = new KeptLog();
  const stores = openSqlite({ path: ':memory:', log });
  open.push(stores);
  await stores.migrate();
  const { deliveries } = stores;
  const time = { now: 1_000 };
  const clock = { now: () => time.now };
  const inbox = new Inbox(
    { deliveries, receive, clock, log },
    { parallel: 8, visibilityMs: 60_000, maxAttempts: 3, ...limits },
  );
  return {
    inbox,
    time,
    log,
    deliveries,
    async put(guid: string, payload: unknown, event = 'issue_comment') {
      const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
      await deliveries.receive({ guid, event, body: Buffer.from(body), receivedAt: time.now });
      time.now += 1;
    },
    async handle(at = time.now) {
      time.now = at;
      await inbox.tick(at);
      await inbox.idle();
    },
  };
}

test('what is due is handled once and then done', async () => {
  const seen: string[] = [];
  const world = await openInbox(async ({ id }) => void seen.push(id));
  await world.put('a', comment(1, 1));
  await world.put('b', comment(2, 2));
  await world.handle();
  await world.handle();
  expect(seen.toSorted()).toEqual(['a', 'b']);
  expect(await world.deliveries.countPending()).toBe(0);
  expect(
    await world.deliveries.receive({ guid: 'a', event: 'x', body: Buffer.from(''), receivedAt: 9 }),
  ).toBe('done');
});

test('threads are handled side by side, the deliveries of one in order', async () => {
  const started: string[] = [];
  const gate = Promise.withResolvers<void>();
  const world = await openInbox(async ({ id }) => {
    started.push(id);
    await gate.promise;
  });
  await world.put('one-a', comment(1, 1));
  await world.put('one-b', comment(1, 2));
  await world.put('two', comment(2, 3));
  await world.inbox.tick(world.time.now);
  await expect.poll(() => started).toEqual(['one-a', 'two']);
  gate.resolve();
  await world.inbox.idle();
  expect(started).toEqual(['one-a', 'two', 'one-b']);
});

test('no more are in hand than may be, and a free place is taken at once', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const world = await openInbox(
    async () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
    },
    { parallel: 3 },
  );
  for (let index = 1; index <= 5; index += 1) await world.put(`d${index}`, comment(index, index));
  await world.inbox.tick(world.time.now);
  expect(gates).toHaveLength(3);
  gates[0]?.resolve();
  await expect.poll(() => gates.length).toBe(4);
  gates[1]?.resolve();
  await expect.poll(() => gates.length).toBe(5);
  for (const { resolve } of gates) resolve();
  await world.inbox.idle();
  expect(await world.deliveries.countPending()).toBe(0);
});

test('a delivery that comes while others are looked for is found', async () => {
  const seen: string[] = [];
  const world = await openInbox(async ({ id }) => void seen.push(id));
  await world.put('a', comment(1, 1));
  const first = world.inbox.tick(world.time.now);
  await world.deliveries.receive({
    guid: 'late',
    event: 'issue_comment',
    body: Buffer.from(JSON.stringify(comment(2, 2))),
    receivedAt: world.time.now + 50,
  });
  const second = world.inbox.tick(world.time.now + 50);
  await Promise.all([first, second]);
  await world.inbox.idle();
  expect(seen).toEqual(['a', 'late']);
});

test('a failure is tried again with growing pauses, then given up', async () => {
  const tried: number[] = [];
  const world = await openInbox(async () => {
    tried.push(world.time.now);
    throw new ClawBenchError('unavailable', 'GitHub is down');
  });
  await world.put('a', comment(1, 1));
  await world.handle(2_000);
  await world.handle(6_999);
  await world.handle(7_000);
  await world.handle(16_999);
  await world.handle(17_000);
  await world.handle(10_000_000);
  expect(tried).toEqual([2_000, 7_000, 17_000]);
  expect(world.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    {
      message: 'a delivery was given up',
      fields: { deliveryId: 'a', reason: 'unavailable: GitHub is down' },
    },
  ]);
  expect(await world.deliveries.countPending()).toBe(0);
});

test('those behind a failed one of their thread wait for it, other threads do not', async () => {
  const seen: string[] = [];
  let isDown = true;
  const world = await openInbox(async ({ id }) => {
    if (id === 'one-a' && isDown) throw new ClawBenchError('unavailable', 'GitHub is down');
    seen.push(id);
  });
  await world.put('one-a', comment(1, 1));
  await world.put('one-b', comment(1, 2));
  await world.put('two', comment(2, 3));
  await world.handle(2_000);
  await world.put('one-c', comment(1, 4));
  await world.handle(2_100);
  expect(seen).toEqual(['two']);
  isDown = false;
  await world.handle(20_000);
  expect(seen).toEqual(['two', 'one-a', 'one-b', 'one-c']);
});

test('a refusal and an answer of the wrong kind are told apart: one is final, one is tried again', async () => {
  let count = 0;
  const world = await openInbox(async ({ id }) => {
    count += 1;
    throw id === 'final'
      ? new ClawBenchError('forbidden', 'not installed')
      : new TypeError('x is not a function');
  });
  await world.put('final', comment(1, 1));
  await world.put('bug', comment(2, 2));
  await world.handle(2_000);
  expect(await world.deliveries.countPending()).toBe(1);
  await world.handle(1_000_000);
  expect(count).toBe(3);
});

test.each([
  ['no JSON', '{'],
  ['no object', '7'],
  ['null', 'null'],
  ['a payload GitHub does not send', JSON.stringify({ action: 'created', issue: { number: -1 } })],
  ['bytes that are no text', '\ufffd\u0000'],
])('%s is given up at once', async (_name, body) => {
  let count = 0;
  const world = await openInbox(async () => void (count += 1));
  await world.put('poison', body);
  await world.put('fine', comment(1, 1));
  await world.handle();
  await world.handle(10_000_000);
  expect(count).toBe(1);
  expect(world.log.lines.filter(({ message }) => message === 'a delivery was given up')).toHaveLength(1);
  expect(JSON.stringify(world.log.lines)).not.toContain('octo');
});

test('what nobody acts on is done without being handled', async () => {
  let count = 0;
  const world = await openInbox(async () => void (count += 1));
  await world.put('a', { action: 'edited' });
  await world.put('b', {});
  await world.put('c', { action: 'constructor' }, 'installation');
  await world.handle();
  expect(count).toBe(0);
  expect(await world.deliveries.countPending()).toBe(0);
});

test('a delivery of a process that died is found by another', async () => {
  const seen: string[] = [];
  const world = await openInbox(async ({ id }) => void seen.push(id));
  await world.put('a', comment(1, 1));
  await world.deliveries.claim(world.time.now, 60_000);
  await world.handle(2_000);
  expect(seen).toEqual([]);
  await world.handle(62_000);
  expect(seen).toEqual(['a']);
});

test('after stop nothing more is claimed, and what is in hand ends', async () => {
  const gate = Promise.withResolvers<void>();
  const ended: string[] = [];
  const world = await openInbox(
    async ({ id }) => {
      await gate.promise;
      ended.push(id);
    },
    { parallel: 1 },
  );
  await world.put('a', comment(1, 1));
  await world.put('b', comment(2, 2));
  await world.inbox.tick(world.time.now);
  const stopped = world.inbox.stop();
  gate.resolve();
  await stopped;
  expect(ended).toEqual(['a']);
  expect(await world.deliveries.countPending()).toBe(1);
});
