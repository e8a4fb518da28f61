import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { sampleTask } from '../../tests/world/played-parts.ts';
import { sampleOrigin } from '../../tests/world/run-samples.ts';
import type { RequestFault, RunRequest } from './control-plane.ts';

let world: ControlPlaneWorld;
let service: WorldProcess;

beforeEach(async () => {
  world = await ControlPlaneWorld.open([
    sampleTask('alpha', { agentTimeoutMs: 60_000 }),
    sampleTask('beta-one'),
    sampleTask('beta-two'),
  ]);
  service = world.start();
});

afterEach(async () => {
  await world.close();
});

async function faultsOf(changes: Partial<RunRequest>): Promise<readonly RequestFault[]> {
  const admission = await service.controlPlane.createRun(world.request(changes));
  return admission.kind === 'refused' ? admission.faults : [];
}

describe('what is refused, and what would have been right', () => {
  test.each<[string, Partial<RunRequest>, Partial<RequestFault>]>([
    ['a misspelt benchmark', { pack: 'entrytest' }, { field: 'pack', nearest: 'entry-test' }],
    ['a version nobody installed', { pack: 'entry-test@3' }, { field: 'pack', nearest: 'entry-test@1' }],
    ['a family without packs', { pack: 'web-tasks' }, { field: 'pack', valid: ['entry-test'] }],
    ['no pack name at all', { pack: '../../etc/passwd' }, { field: 'pack', nearest: undefined }],
    ['a misspelt task', { tasks: ['beta-on'] }, { field: 'tasks', nearest: 'beta-one' }],
    ['one glob of two that matches nothing', { tasks: ['alpha', 'z*'] }, { field: 'tasks' }],
    ['an instrument', { driver: 'oracle' }, { field: 'driver', valid: ['builtin'] }],
    ['a driver nobody knows', { driver: 'bulitin' }, { field: 'driver', nearest: 'builtin' }],
    ['a model without its provider', { model: 'gpt-5' }, { field: 'model' }],
    ['a misspelt provider', { model: 'antropic/claude' }, { field: 'model', nearest: 'anthropic' }],
    ['a model the gateway cannot reach', { model: 'openai/missing' }, { field: 'model' }],
    ['a model as a name', { agentName: 'claude-opus-4' }, { field: 'agent' }],
    ['no trials', { trialsPerTask: 0 }, { field: 'trials' }],
    ['half a trial', { trialsPerTask: 1.5 }, { field: 'trials' }],
    ['too many trials', { trialsPerTask: 21 }, { field: 'trials' }],
    ['no money', { budget: 0 }, { field: 'budget' }],
    ['less than nothing', { budget: -1 }, { field: 'budget' }],
    ['money that is no number', { budget: Number.NaN }, { field: 'budget' }],
    ['endless turns', { limits: { maxTurns: 1e9 } }, { field: 'limits' }],
  ])('%s', async (_title, changes, fault) => {
    expect(await faultsOf(changes)).toMatchObject([fault]);
    expect(await service.controlPlane.listRuns({ limit: 10 })).toEqual([]);
  });

  test('everything that is wrong is said at once', async () => {
    const faults = await faultsOf({ pack: 'nope', driver: 'nope', trialsPerTask: 99 });
    expect(faults.map(({ field }) => field)).toEqual(['pack', 'driver', 'trials']);
  });

  test('a task that cannot be loaded is named with its file and line', async () => {
    world.benchmark.installed = world.benchmark.installed.map((pack) => ({
      ...pack,
      faults: [{ taskId: 'gamma', file: 'gamma/task.toml', line: 7, key: 'cpus', message: 'not a number' }],
    }));
    const [fault] = await faultsOf({ tasks: ['gamma'] });
    expect(fault?.message).toBe('task "gamma" cannot be loaded: not a number (gamma/task.toml, line 7)');
  });

  test('a task the provider cannot serve is refused before anything is started', async () => {
    const task = sampleTask('huge');
    world.benchmark.installed = world.benchmark.installed.map((pack) => ({
      ...pack,
      tasks: [{ ...task, environment: { ...task.environment, memoryMb: 10_000_000 } }],
    }));
    expect(await faultsOf({})).toMatchObject([{ field: 'tasks' }]);
  });

  test('without a default a model must be named', async () => {
    service = world.start({ defaultModel: undefined });
    expect(await faultsOf({})).toMatchObject([{ field: 'model' }]);
  });

  test('whatever a request says, it is accepted or refused with reasons, never an error', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('entry-test', 'builtin', 'openai/gpt-5', '*', 'alpha'),
    );
    const number = fc.option(fc.oneof(fc.double(), fc.integer()), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          pack: text,
          agentName: fc.option(text, { nil: undefined }),
          driver: fc.option(text, { nil: undefined }),
          model: fc.option(text, { nil: undefined }),
          tasks: fc.array(text, { maxLength: 5 }),
          trialsPerTask: number,
          budget: number,
        }),
        async (request) => {
          const admission = await service.controlPlane.createRun(world.request(request));
          const reasons = admission.kind === 'refused' ? admission.faults.length : 1;
          expect(reasons).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what is made of a request', () => {
  test('the newest pack, all its tasks, the default driver, model and name', async () => {
    const { spec } = await world.createRun(service, { pack: 'entry-test' });
    expect(spec).toMatchObject({
      pack: { version: '2' },
      taskIds: ['alpha', 'beta-one', 'beta-two'],
      agent: {
        name: 'Tester_agent',
        driver: 'builtin',
        model: { provider: 'scripted', id: 'entry-test' },
      },
      trialsPerTask: 1,
      lane: 'dev',
      priceTable: 'played prices',
    });
  });

  test('a real model gives the builtin agent its own name', async () => {
    const { spec } = await world.createRun(service, { model: 'openai/gpt-5' });
    expect(spec.agent.name).toBe('ClawBench_agent');
  });

  test('globs choose tasks, in the order of the pack', async () => {
    const { spec } = await world.createRun(service, { tasks: ['*-two', 'beta-*'] });
    expect(spec.taskIds).toEqual(['beta-one', 'beta-two']);
  });

  test('the money is divided over the trials', async () => {
    const { spec } = await world.createRun(service, { budget: 1_000_001, trialsPerTask: 2 });
    expect(spec.limits.maxCost).toBe(166_666);
  });

  test('a request may shorten the time of a task and never lengthen it', async () => {
    const short = await world.createRun(service, { limits: { agentTimeoutMs: 1_000 } });
    expect(short.spec.limits.agentTimeoutMs).toBe(1_000);
    const long = await world.createRun(service, { limits: { agentTimeoutMs: 10_000_000 } });
    expect(long.spec.limits.agentTimeoutMs).toBe(120_000);
    const { id } = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, id);
    expect(world.driver.contexts.at(-1)?.limits.agentTimeoutMs).toBe(60_000);
  });

  test('only instruments are in the lane of instruments', async () => {
    const asked = await world.createRun(service, { lane: 'instrument' });
    expect(asked.spec.lane).toBe('dev');
    const origin = { ...sampleOrigin('pack-check'), kind: 'instrument' } as const;
    const instrument = await world.createRun(service, { driver: 'oracle', lane: 'public', origin });
    expect(instrument.spec).toMatchObject({
      lane: 'instrument',
      agent: { name: 'Oracle', driver: 'oracle', model: null },
    });
    const given = await service.controlPlane.createRun(
      world.request({ driver: 'oracle', model: 'openai/gpt-5', origin }),
    );
    expect(given.kind).toBe('refused');
  });

  test('the same request again is the same run', async () => {
    const request = world.request({ trialsPerTask: 3 });
    const first = await service.controlPlane.createRun(request);
    const second = await service.controlPlane.createRun(request);
    expect([first.kind, second.kind]).toEqual(['created', 'duplicate']);
    const [run, ...others] = await service.controlPlane.listRuns({ limit: 10 });
    expect(others).toEqual([]);
    expect(run && (await world.trialsOf(run.id))).toHaveLength(9);
  });

  test('every task is tried once before any is tried again', async () => {
    const small = world.start({ maxConcurrentSandboxes: 1 });
    const { id } = await world.createRun(small, { trialsPerTask: 2 });
    await world.finish(small, id);
    expect(world.driver.contexts.map(({ taskId }) => taskId)).toEqual([
      'alpha',
      'beta-one',
      'beta-two',
      'alpha',
      'beta-one',
      'beta-two',
    ]);
  });
});
