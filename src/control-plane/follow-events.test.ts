import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { workUntilStopped } from '../../tests/world/played-parts.ts';
import type { RunId } from '../domain/ids.ts';
import { parseRunId } from '../domain/ids.ts';
import type { LoggedEvent } from '../telemetry/events.ts';

let world: ControlPlaneWorld;
let service: WorldProcess;

beforeEach(async () => {
  world = await ControlPlaneWorld.open();
  service = world.start();
});

afterEach(async () => {
  await world.close();
});

function follow(process: WorldProcess, id: RunId, after = 0) {
  const seen: LoggedEvent[] = [];
  const stop = new AbortController();
  const ended = (async () => {
    for await (const event of process.controlPlane.followEvents(id, after, stop.signal)) seen.push(event);
  })();
  return { seen, stop, ended };
}

test('history, then live events, in the stored order, until the run has ended', async () => {
  const { id } = await world.createRun(service);
  const early = follow(service, id);
  await world.until(() => early.seen.length === 1);
  await world.finish(service, id);
  const late = follow(service, id);
  const resumed = follow(service, id, 5);
  await Promise.all([early.ended, late.ended, resumed.ended]);
  const stored = await world.eventsOf(id);
  expect(early.seen).toEqual(stored);
  expect(late.seen).toEqual(stored);
  expect(resumed.seen).toEqual(stored.slice(5));
  expect(world.time.pending).toBe(0);
});

test('events of this process come at once, those of another after one poll', async () => {
  world.driver.otherwise = workUntilStopped;
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  const here = follow(service, id);
  const elsewhere = follow(world.start(), id);
  await world.until(() => here.seen.length === 1 && elsewhere.seen.length === 1);
  await service.tickWorker(world.time.now());
  await world.until(() => here.seen.at(-1)?.event.type === 'turn-started');
  expect(elsewhere.seen).toHaveLength(1);
  world.time.advance(1_000);
  await world.until(() => elsewhere.seen.at(-1)?.event.type === 'turn-started');
  here.stop.abort();
  elsewhere.stop.abort();
  await Promise.all([here.ended, elsewhere.ended]);
});

test('a follower that leaves leaves nothing behind', async () => {
  const { id } = await world.createRun(service);
  const { seen, stop, ended } = follow(service, id);
  await world.until(() => seen.length === 1 && world.time.pending === 1);
  stop.abort();
  await ended;
  expect(world.time.pending).toBe(0);
});

test('a run that does not exist is said so', async () => {
  const { ended } = follow(service, parseRunId('01K0V5Z3QK6M1T6E0G2Q1N4W7B'));
  await expect(ended).rejects.toThrow('there is no run');
});

test('what people see of a run: its trials, the titles of its tasks and its place in the queue', async () => {
  const first = await world.createRun(service);
  const second = await world.createRun(service);
  const view = await service.controlPlane.viewRun(second.id);
  expect(view).toMatchObject({ ahead: 1, taskTitles: { alpha: 'The alpha task' } });
  expect(view?.trials).toHaveLength(2);
  await world.finish(service, first.id);
  expect((await service.controlPlane.viewRun(second.id))?.ahead).toBe(0);
  const ids = (await service.controlPlane.listRuns({ limit: 500 })).map(({ id }) => id);
  expect(ids).toEqual([second.id, first.id]);
  expect(await service.controlPlane.readEvents(first.id, 0, 3)).toHaveLength(3);
});

test('the catalog has the four families and what is installed of them', async () => {
  const views = await service.controlPlane.catalog();
  expect(views.map(({ id }) => id)).toEqual([
    'terminal-bench',
    'swe-bench-verified',
    'entry-test',
    'web-tasks',
  ]);
  expect(views.map(({ packs }) => packs.length)).toEqual([0, 0, 2, 0]);
});
