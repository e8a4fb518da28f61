import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { workUntilStopped } from '../../tests/world/played-parts.ts';
import { sampleOrigin } from '../../tests/world/run-samples.ts';

let world: ControlPlaneWorld;
let service: WorldProcess;

beforeEach(async () => {
  world = await ControlPlaneWorld.open();
  service = world.start();
});

afterEach(async () => {
  await world.close();
});

async function tick(process: WorldProcess, ms = 0): Promise<void> {
  world.time.advance(ms);
  await process.tickPublish(world.time.now());
}

test('a run is shown when it is queued, not too often while it works, and when it ends', async () => {
  world.driver.otherwise = workUntilStopped;
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await tick(service);
  expect(world.publisher.statusesOf(id)).toEqual(['queued']);
  await service.tickWorker(world.time.now());
  await world.until(async () => (await world.trialsOf(id))[0]?.status === 'running');
  await tick(service, 500);
  expect(world.publisher.statusesOf(id)).toEqual(['queued']);
  await tick(service, 500);
  expect(world.publisher.statusesOf(id)).toEqual(['queued', 'running']);
  await service.controlPlane.cancelRun(id, 'octocat');
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  await service.tickSweep(world.time.now());
  await tick(service, 1_000);
  expect(world.publisher.statusesOf(id)).toEqual(['queued', 'running', 'cancelled']);
  for (let round = 0; round < 10; round += 1) await tick(service, 10_000);
  expect(world.publisher.statusesOf(id)).toHaveLength(3);
});

test('a process that only publishes sees what others did', async () => {
  const web = world.start();
  const { id } = await world.createRun(web);
  await tick(web);
  await world.finish(world.start({ publisher: { publish: async () => 'again' } }), id);
  await tick(web, 1_000);
  expect(world.publisher.statusesOf(id)).toEqual(['queued', 'finished']);
});

test('a crash between the end of a run and its last words does not leave it unfinished', async () => {
  const { id } = await world.createRun(service);
  await world.finish(world.start({ publisher: { publish: () => Promise.reject(new Error('killed')) } }), id);
  const restarted = world.start();
  await tick(restarted);
  expect(world.publisher.statusesOf(id)).toEqual(['finished']);
});

test('an outage of the other side delays and does not lose, with growing pauses', async () => {
  world.publisher.failures = 3;
  const { id } = await world.createRun(service);
  await tick(service);
  await tick(service, 500);
  expect(world.publisher.failures).toBe(2);
  await tick(service, 500);
  expect(world.publisher.failures).toBe(1);
  await tick(service, 1_500);
  expect(world.publisher.failures).toBe(1);
  await tick(service, 500);
  expect(world.publisher.failures).toBe(0);
  await tick(service, 4_000);
  expect(world.publisher.statusesOf(id)).toEqual(['queued']);
});

test('it asks again until the publisher is content', async () => {
  world.publisher.answer = 'again';
  const { id } = await world.createRun(service);
  await world.finish(service, id);
  const before = world.publisher.views.length;
  await tick(service, 10_000);
  expect(world.publisher.views.length).toBe(before + 1);
  world.publisher.answer = 'settled';
  await tick(service, 10_000);
  await tick(service, 10_000);
  expect(world.publisher.views.length).toBe(before + 2);
});

test('a run nobody talks about in a thread is not published', async () => {
  const origin = { ...sampleOrigin('cli'), kind: 'cli', thread: null } as const;
  const { id } = await world.createRun(service, { origin });
  await world.finish(service, id);
  expect(world.publisher.views).toEqual([]);
});

test('all runs that changed are shown in one tick, a few at a time', async () => {
  let now = 0;
  let most = 0;
  const shown = new Set<string>();
  const busy = world.start({
    publisher: {
      publish: async ({ run }) => {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
        shown.add(run.id);
        return 'again';
      },
    },
  });
  for (let count = 0; count < 9; count += 1) await world.createRun(busy, { tasks: ['alpha'] });
  await tick(busy);
  expect({ shown: shown.size, most }).toEqual({ shown: 9, most: 4 });
});
