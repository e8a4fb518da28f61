import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { agentEnd, judged, workUntilStopped } from '../../tests/world/played-parts.ts';
import type { Outcome } from '../domain/outcome.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { resultDigest } from '../scoring/result-digest.ts';

let world: ControlPlaneWorld;
let service: WorldProcess;

beforeEach(async () => {
  world = await ControlPlaneWorld.open();
  service = world.start();
});

afterEach(async () => {
  await world.close();
});

async function outcomesOf(
  runId: Parameters<ControlPlaneWorld['trialsOf']>[0],
): Promise<readonly (Outcome | null)[]> {
  return (await world.trialsOf(runId)).map(({ outcome }) => outcome);
}

test('a run goes from a request to a score, and says so in order', async () => {
  const run = await world.createRun(service, { trialsPerTask: 2 });
  const ended = await world.finish(service, run.id);
  expect(ended.status).toBe('finished');
  expect(ended.result?.counts).toEqual({ registered: 4, solved: 4, unsolved: 0, faulted: 0, cancelled: 0 });
  expect(ended.result?.score.mean).toBe(1);
  expect(ended.result?.digest).toBe(resultDigest(await world.trialsOf(run.id)));
  expect(ended.result?.eligibility.eligible).toBe(false);
  expect(world.sandboxes.sandboxes.size).toBe(0);

  const events = await world.eventsOf(run.id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const [first] = await world.trialsOf(run.id);
  expect(events.filter(({ trialId }) => trialId === first?.id).map(({ event }) => event.type)).toEqual([
    'trial-leased',
    'image-building',
    'sandbox-started',
    'agent-started',
    'turn-started',
    'tool-called',
    'tool-returned',
    'agent-text',
    'agent-ended',
    'sandbox-sealed',
    'verification-started',
    'verification-finished',
    'sandbox-removed',
    'trial-finished',
  ]);
  expect(events.filter(({ trialId }) => trialId === null).map(({ event }) => event.type)).toEqual([
    'run-queued',
    'run-started',
    'run-finalizing',
    'run-finished',
  ]);
  expect(world.publisher.statusesOf(run.id).at(-1)).toBe('finished');
});

test('what the agent did and what the verifier found are kept, without the token', async () => {
  world.driver.otherwise = async function* (context) {
    yield { type: 'agent-text', text: `my token is ${context.model?.token ?? ''}\0` };
    yield agentEnd({ kind: 'finished', detail: 'done' });
  };
  const run = await world.createRun(service, { tasks: ['alpha'] });
  await world.finish(service, run.id);
  const artifacts = await world.stores.artifacts.ofRun(run.id);
  expect(artifacts.map(({ kind }) => kind).sort()).toEqual(['reward', 'trace']);
  const trace = artifacts.find(({ kind }) => kind === 'trace');
  const bytes = await world.stores.artifacts.read(trace?.digest ?? '');
  const text = new TextDecoder().decode(bytes);
  expect(text).toContain('my token is [redacted]');
  expect(text).not.toContain('token-of-');
  expect(JSON.stringify(await world.eventsOf(run.id))).not.toContain('token-of-');
});

describe('outcomes', () => {
  test('a wrong answer is a graded zero', async () => {
    world.driver.otherwise = async function* () {
      yield agentEnd({ kind: 'failed', detail: 'gave up', exitCode: 1 });
    };
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toEqual([
      { kind: 'graded', reward: 0, tests: { passed: 0, failed: 1, other: 0 } },
    ]);
  });

  test.each(['turns', 'tokens', 'cost'] as const)(
    'a driver that stops at its %s is judged',
    async (limit) => {
      world.driver.otherwise = async function* () {
        yield agentEnd({ kind: 'limited', limit });
      };
      const run = await world.createRun(service, { tasks: ['alpha'] });
      await world.finish(service, run.id);
      expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'limited', limit, reward: 0 }]);
      const events = await world.eventsOf(run.id);
      expect(events.filter(({ event }) => event.type === 'limit-reached')).toHaveLength(1);
    },
  );

  test('the gateway’s limit counts, whatever the driver says', async () => {
    world.driver.otherwise = async function* (context) {
      const grant = world.gateway.of(context.trialId);
      grant.reached = 'cost';
      grant.request.onEvent({ type: 'limit-reached', limit: 'cost' });
      yield agentEnd({ kind: 'failed', detail: 'refused by the model', exitCode: 1 });
    };
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'limited', limit: 'cost' }]);
    const events = await world.eventsOf(run.id);
    expect(events.filter(({ event }) => event.type === 'limit-reached')).toHaveLength(1);
  });

  test('an agent that runs out of time is stopped and judged by what it left', async () => {
    world.driver.otherwise = async function* (context) {
      const [nonce = ''] = /[0-9a-f]{32}/.exec(context.instruction) ?? [];
      await context.session.writeFile('/app/answer', new TextEncoder().encode(nonce));
      yield* workUntilStopped(context);
    };
    const run = await world.createRun(service, { tasks: ['alpha'], limits: { agentTimeoutMs: 5_000 } });
    await service.tickWorker(world.time.now());
    await world.until(() => world.time.pending > 0);
    world.time.advance(5_000);
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'limited', limit: 'wall-time', reward: 1 }]);
  });

  test('an agent that does not stop when told is left behind', async () => {
    world.driver.otherwise = async function* () {
      yield { type: 'turn-started', turn: 1 };
      await new Promise(() => {});
    };
    const run = await world.createRun(service, { tasks: ['alpha'], limits: { agentTimeoutMs: 5_000 } });
    await service.tickWorker(world.time.now());
    await world.until(() => world.time.pending > 0);
    world.time.advance(5_000);
    await world.until(() => world.time.pending > 0);
    world.time.advance(2_000);
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'limited', limit: 'wall-time' }]);
    expect(world.gateway.grants.every(({ revoked }) => revoked)).toBe(true);
  });

  test('an agent that never stops talking is stopped', async () => {
    world.driver.otherwise = async function* (context) {
      for (let turn = 1; !context.signal.aborted; turn += 1)
        yield { type: 'agent-text', text: 'x'.repeat(50_000) };
      yield agentEnd({ kind: 'aborted' });
    };
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'limited', limit: 'output' }]);
  });

  test.each([
    ['the driver says so', false, { kind: 'model-unavailable', detail: '529' } as const],
    ['the gateway saw it and the driver did not', true, { kind: 'finished', detail: 'done' } as const],
  ])('a model provider that fails is a fault, never a zero: %s', async (_title, failing, ending) => {
    world.driver.otherwise = async function* (context) {
      world.gateway.of(context.trialId).failing = failing;
      yield agentEnd(ending);
    };
    const run = await world.createRun(service, { tasks: ['alpha'] });
    const { result } = await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'faulted', fault: 'model-provider' }]);
    expect(result?.score.mean).toBeNull();
  });

  test('a verifier that finds its task broken is a fault of the task', async () => {
    const files = judged(1).files;
    world.benchmark.verdicts.set('alpha', async () => ({
      kind: 'faulted',
      fault: 'task',
      message: 'test.sh wrote no reward',
      files,
    }));
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toEqual([
      { kind: 'faulted', fault: 'task', message: 'test.sh wrote no reward' },
    ]);
  });

  test('a driver that throws is our fault, and its words stay in the log', async () => {
    world.driver.otherwise = () => {
      throw new TypeError('/root/clawbench/secret-path is undefined');
    };
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toEqual([
      { kind: 'faulted', fault: 'service', message: 'an unforeseen error at the step "agent"' },
    ]);
  });

  test('an image that cannot be built is a fault of the image', async () => {
    world.sandboxes.pullImage = () =>
      Promise.reject(new ClawBenchError('invalid-input', 'the Dockerfile fails in line 3'));
    const run = await world.createRun(service, { tasks: ['alpha'] });
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'faulted', fault: 'image' }]);
  });

  test('a task that changed since the run was accepted is not run', async () => {
    const run = await world.createRun(service, { tasks: ['alpha'] });
    world.benchmark.installed = [];
    await world.finish(service, run.id);
    expect(await outcomesOf(run.id)).toMatchObject([{ kind: 'faulted', fault: 'task' }]);
  });
});
