import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { agentEnd, workUntilStopped } from '../../tests/world/played-parts.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { RunId } from '../domain/ids.ts';

let world: ControlPlaneWorld;
let service: WorldProcess;

beforeEach(async () => {
  world = await ControlPlaneWorld.open();
  service = world.start();
});

afterEach(async () => {
  await world.close();
});

async function statusesOf(id: RunId): Promise<readonly string[]> {
  return (await world.trialsOf(id)).map(({ status }) => status);
}

/** Starts a run whose agents work until they are stopped, and waits until all of them do. */
async function startWorking(process: WorldProcess, tasks: readonly string[] = []): Promise<RunId> {
  world.driver.otherwise = workUntilStopped;
  const { id } = await world.createRun(process, { tasks });
  await process.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(id)).every((status) => status === 'running'));
  return id;
}

async function reasonsOf(id: RunId): Promise<readonly string[]> {
  return (await world.eventsOf(id)).flatMap(({ event }) =>
    event.type === 'trial-requeued' ? event.reason : [],
  );
}

test('a cancel stops agents, removes sandboxes, revokes tokens and keeps what it cost', async () => {
  const id = await startWorking(service);
  expect(world.sandboxes.sandboxes.size).toBe(2);
  for (const grant of world.gateway.grants) {
    grant.spent = { calls: 3, inputTokens: 100, cachedInputTokens: 0, outputTokens: 10, cost: 500 };
  }
  expect(await service.controlPlane.cancelRun(id, 'octocat')).toBe('requested');
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  expect(world.sandboxes.sandboxes.size).toBe(0);
  expect(world.gateway.grants.every(({ revoked }) => revoked)).toBe(true);
  const ended = await world.finish(service, id);
  expect(ended.status).toBe('cancelled');
  expect(ended.result?.counts.cancelled).toBe(2);
  expect(ended.result?.spend.cost).toBe(1_000);
  expect(await service.controlPlane.cancelRun(id, 'octocat')).toBe('too-late');
});

test('a cancel by another process is seen at the next tick', async () => {
  const id = await startWorking(service);
  await world.start().controlPlane.cancelRun(id, 'octocat');
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  expect(await statusesOf(id)).toEqual(['cancelled', 'cancelled']);
});

test('a cancel does not wait for an image or a verifier', async () => {
  world.benchmark.verdicts.set('alpha', () => new Promise(() => {}));
  world.sandboxes.pullImage = (reference) =>
    world.gateway.grants.length === 0
      ? Promise.resolve({ reference, digest: 'sha256:image' })
      : new Promise(() => {});
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await service.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(id))[0] === 'verifying');
  const { id: second } = await world.createRun(service, { tasks: ['beta'] });
  await service.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(second))[0] === 'preparing');
  await service.controlPlane.cancelRun(id, 'octocat');
  await service.controlPlane.cancelRun(second, 'octocat');
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  expect(await statusesOf(id)).toEqual(['cancelled']);
  expect(await statusesOf(second)).toEqual(['cancelled']);
  expect(world.sandboxes.sandboxes.size).toBe(0);
});

test('a queued run that is cancelled ends without a worker', async () => {
  const { id } = await world.createRun(service);
  await service.controlPlane.cancelRun(id, 'octocat');
  await service.tickSweep(world.time.now());
  const run = await world.runOf(id);
  expect(run.status).toBe('cancelled');
  expect(run.result?.durationMs).toBeNull();
});

test('a worker that fell silent loses its trial to another and writes nothing more', async () => {
  const id = await startWorking(service, ['alpha']);
  const other = world.start();
  world.time.advance(46_000);
  await other.tickSweep(world.time.now());
  expect(await statusesOf(id)).toEqual(['queued']);
  await other.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(id))[0] === 'running');
  const before = await world.eventsOf(id);
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  // Its own sandbox is gone, the other's lives, and the log has not grown.
  expect(world.sandboxes.sandboxes.size).toBe(1);
  expect(await world.eventsOf(id)).toEqual(before);
  const [trial] = await world.trialsOf(id);
  expect(trial?.tries).toBe(2);
});

test('heartbeats keep a lease for as long as the work takes', async () => {
  const id = await startWorking(service, ['alpha']);
  for (let beat = 0; beat < 6; beat += 1) {
    world.time.advance(15_000);
    await service.tickWorker(world.time.now());
    await service.tickSweep(world.time.now());
  }
  const [trial] = await world.trialsOf(id);
  expect(trial).toMatchObject({ status: 'running', tries: 1 });
});

test('a worker that cannot renew a lease in time stops by itself', async () => {
  const id = await startWorking(service, ['alpha']);
  const heartbeat = world.stores.trials.heartbeat.bind(world.stores.trials);
  world.stores.trials.heartbeat = () => Promise.reject(new ClawBenchError('unavailable', 'database gone'));
  world.time.advance(46_000);
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  world.stores.trials.heartbeat = heartbeat;
  expect(await statusesOf(id)).toEqual(['running']);
  expect(world.sandboxes.sandboxes.size).toBe(0);
});

test('a graceful stop gives trials back without counting the try, and another process ends the run', async () => {
  const id = await startWorking(service);
  await service.drain(world.time.now() + 10_000);
  expect(service.load()).toBe(0);
  expect(world.sandboxes.sandboxes.size).toBe(0);
  expect(await statusesOf(id)).toEqual(['queued', 'queued']);
  await service.tickWorker(world.time.now());
  expect(service.load()).toBe(0);
  world.driver.otherwise = async function* () {
    yield agentEnd({ kind: 'finished', detail: 'done' });
  };
  const ended = await world.finish(world.start(), id);
  expect(ended.status).toBe('finished');
  expect((await world.trialsOf(id)).map(({ tries }) => tries)).toEqual([1, 1]);
});

test('a graceful stop lets a verifier end', async () => {
  const verdict = Promise.withResolvers<Awaited<ReturnType<typeof world.benchmark.verify>>>();
  world.benchmark.verdicts.set('alpha', () => verdict.promise);
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await service.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(id))[0] === 'verifying');
  const drained = service.drain(world.time.now() + 10_000);
  verdict.resolve({ kind: 'judged', reward: 1, tests: null, files: [] });
  await drained;
  expect(await statusesOf(id)).toEqual(['graded']);
});

test('a graceful stop does not wait for ever', async () => {
  world.benchmark.verdicts.set('alpha', () => new Promise(() => {}));
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await service.tickWorker(world.time.now());
  await world.until(async () => (await statusesOf(id))[0] === 'verifying');
  const drained = service.drain(world.time.now() + 10_000);
  world.time.advance(6_000);
  await drained;
  expect(await statusesOf(id)).toEqual(['queued']);
});

test('a sandbox that breaks is tried again after a pause, with the same files', async () => {
  world.sandboxes.faults.seal = 'unavailable';
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  world.sandboxes.faults.seal = undefined;
  expect(world.sandboxes.sandboxes.size).toBe(0);
  expect(await reasonsOf(id)).toEqual(['the sandbox could not be restarted']);
  await service.tickSweep(world.time.now());
  await service.tickWorker(world.time.now());
  expect(service.load()).toBe(0);
  world.time.advance(3_000);
  const ended = await world.finish(service, id);
  expect(ended.result?.counts.solved).toBe(1);
  const nonces = world.benchmark.nonces.map(({ nonce }) => nonce);
  expect(nonces).toHaveLength(2);
  expect(new Set(nonces).size).toBe(1);
  expect(nonces[0]).toMatch(/^[0-9a-f]{32}$/);
});

test('a sandbox that always breaks is a fault after three tries, never a zero', async () => {
  world.sandboxes.faults.seal = 'unavailable';
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  const ended = await world.finish(service, id);
  const [trial] = await world.trialsOf(id);
  expect(trial?.tries).toBe(3);
  expect(trial?.outcome).toEqual({
    kind: 'faulted',
    fault: 'sandbox',
    message: 'the sandbox could not be restarted',
  });
  expect(ended.result?.score.mean).toBeNull();
});

test('while the engine is down runs wait and nothing is claimed', async () => {
  world.sandboxes.faults.start = 'unavailable';
  const { id } = await world.createRun(service);
  for (let round = 0; round < 5; round += 1) {
    await service.tickWorker(world.time.now());
    world.time.advance(5_000);
  }
  expect(await statusesOf(id)).toEqual(['queued', 'queued']);
  world.sandboxes.faults.start = undefined;
  expect((await world.finish(service, id)).result?.counts.solved).toBe(2);
});

test('no more sandboxes at once than there is room for, over several runs', async () => {
  const small = world.start({ maxConcurrentSandboxes: 3 });
  world.driver.otherwise = workUntilStopped;
  await world.createRun(small, { trialsPerTask: 5 });
  await world.createRun(small, { trialsPerTask: 5 });
  for (let round = 0; round < 3; round += 1) await small.tickWorker(world.time.now());
  await world.until(() => world.sandboxes.sandboxes.size === 3);
  expect(small.load()).toBe(3);
});

test('a sandbox whose removal failed is removed by the sweep, one of another installation never', async () => {
  const removals: string[] = [];
  const create = world.sandboxes.create.bind(world.sandboxes);
  world.sandboxes.create = async (spec) => {
    const sandbox = await create(spec);
    const remove = sandbox.remove.bind(sandbox);
    sandbox.remove = async () => {
      removals.push(sandbox.id);
      if (removals.length === 1) throw new ClawBenchError('unavailable', 'the engine does not answer');
      await remove();
    };
    return sandbox;
  };
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  const [left] = world.sandboxes.sandboxes.values();
  if (!left) throw new Error('a sandbox should be left');
  await create({
    ...left.spec,
    owner: { ...left.spec.owner, instance: 'another installation' },
  });
  expect(world.sandboxes.sandboxes.size).toBe(2);
  await world.finish(service, id);
  expect([...world.sandboxes.sandboxes.values()].map(({ spec }) => spec.owner.instance)).toEqual([
    'another installation',
  ]);
});

test('a run that was left between two moves is brought to its end', async () => {
  const { id } = await world.createRun(service, { tasks: ['alpha'] });
  const transition = world.stores.runs.transition.bind(world.stores.runs);
  world.stores.runs.transition = (runId, move, ...rest) =>
    move.to === 'finished'
      ? Promise.reject(new ClawBenchError('unavailable', 'database gone'))
      : transition(runId, move, ...rest);
  await service.tickWorker(world.time.now());
  await world.until(() => service.load() === 0);
  await service.tickSweep(world.time.now());
  expect((await world.runOf(id)).status).toBe('finalizing');
  world.stores.runs.transition = transition;
  const restarted = world.start();
  await restarted.tickSweep(world.time.now());
  expect((await world.runOf(id)).status).toBe('finished');
  const ends = (await world.eventsOf(id)).filter(({ event }) => event.type === 'run-finished');
  expect(ends).toHaveLength(1);
});
