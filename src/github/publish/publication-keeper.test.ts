import { expect, onTestFinished, test } from 'vitest';
import { KeptLog } from '../../../tests/world/edge-doubles.ts';
import { queueRun } from '../../../tests/world/run-samples.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { openSqlite } from '../../storage/kysely/open-sqlite.ts';
import { PublicationKeeper, type ShownState, type Surface } from './publication-keeper.ts';

async function keeping(surface: Partial<Surface>) {
  const log = new KeptLog();
  const stores = openSqlite({ path: ':memory:', log });
  onTestFinished(() => stores.close());
  await stores.migrate();
  const { run } = await queueRun(stores, 1);
  const time = { now: 1_000_000 };
  const { publications } = stores;
  const keeper = new PublicationKeeper({
    publications,
    clock: { now: () => time.now },
    log,
    editIntervalMs: 20_000,
  });
  const whole: Surface = {
    key: { kind: 'comment', place: 'gh:octo/hello#pr:1', benchmark: 'entry-test' },
    content: 'text',
    find: async () => undefined,
    create: async () => 7,
    update: async () => 'updated',
    ...surface,
  };
  return {
    time,
    log,
    publications,
    key: whole.key,
    show: (state: Partial<ShownState> = {}) =>
      keeper.show(whole, { runId: run.id, phase: 'running', terminal: false, ...state }),
  };
}

test('the intent is stored before anything is created', async () => {
  const seen: unknown[] = [];
  const world = await keeping({
    create: async () => {
      seen.push(await world.publications.get(world.key));
      return 7;
    },
  });
  expect(await world.show()).toBe('again');
  expect(seen).toMatchObject([{ remoteId: null, contentDigest: null, settled: false }]);
  expect(await world.publications.get(world.key)).toMatchObject({ remoteId: 7, settled: false });
});

test('while GitHub is down, tries become rarer and end after about an hour', async () => {
  const tries: number[] = [];
  const world = await keeping({
    create: () => {
      tries.push(world.time.now);
      return Promise.reject(new ClawBenchError('unavailable', 'down'));
    },
  });
  const start = world.time.now;
  let answer = 'again';
  for (let step = 0; answer === 'again' && step < 20_000; step += 1) {
    answer = await world.show({ terminal: true });
    world.time.now += 1_000;
  }
  expect(answer).toBe('settled');
  expect(tries.map((at) => (at - start) / 1_000)).toEqual([
    0, 5, 15, 35, 75, 155, 315, 635, 1_235, 1_835, 2_435, 3_035,
  ]);
  expect(world.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('a rate limit uses up no try', async () => {
  let tries = 0;
  const world = await keeping({
    create: () => {
      tries += 1;
      return tries <= 50 ? Promise.reject(new ClawBenchError('limit-reached', 'wait')) : Promise.resolve(7);
    },
  });
  for (let step = 0; step < 60; step += 1) {
    await world.show();
    world.time.now += 10_000;
  }
  expect(tries).toBe(51);
  expect(await world.publications.get(world.key)).toMatchObject({ remoteId: 7 });
});

test('a success makes earlier failures forgotten', async () => {
  let isDown = true;
  const world = await keeping({
    update: async () => {
      if (isDown) throw new ClawBenchError('unavailable', 'down');
      return 'updated';
    },
  });
  await world.show({ phase: 'queued' });
  for (let round = 0; round < 30; round += 1) {
    isDown = !isDown;
    world.time.now += 700_000;
    expect(await world.show({ phase: `phase ${round}`, terminal: false })).toBe('again');
  }
});

test('what an unknown error says is tried again, what is refused is not', async () => {
  let tries = 0;
  const world = await keeping({
    create: () => {
      tries += 1;
      return Promise.reject(tries === 1 ? new TypeError('a bug') : new ClawBenchError('forbidden', 'no'));
    },
  });
  expect(await world.show()).toBe('again');
  world.time.now += 5_000;
  expect(await world.show()).toBe('settled');
  expect(await world.show()).toBe('settled');
  expect(tries).toBe(2);
});
