import { expect, test } from 'vitest';
import { countingIds, KeptControlPlane, KeptLog, KeptToolCalls } from '../../tests/world/edge-doubles.ts';
import {
  finishedView,
  sampleEvents,
  sampleRunId,
  sampleTrial,
  sampleTrialId,
} from '../../tests/world/sample-run.ts';
import { openScope, sampleClock } from '../../tests/world/sample-scope.ts';
import { operationNames, operations, type OperationName } from '../contract/operations.ts';
import { createToolDesk } from '../control-plane/trial-tools.ts';
import type { Caller } from './caller.ts';
import { EventEncoder } from './event-encoder.ts';
import { createOperations } from './operations.ts';

async function openOperations() {
  const controlPlane = new KeptControlPlane();
  const { scope } = await openScope(() => ({ exitCode: 0 }));
  const trials = { get: async () => sampleTrial(1, 'x', 'running'), advance: async () => undefined };
  const desk = createToolDesk({
    toolCalls: new KeptToolCalls(),
    trials,
    clock: sampleClock,
    log: new KeptLog(),
  });
  const callers: Record<Caller['kind'], Caller> = {
    operator: { kind: 'operator' },
    public: { kind: 'public' },
    trial: { kind: 'trial', scope },
  };
  return { controlPlane, callers, service: createOperations({ controlPlane, desk, ids: countingIds() }) };
}

const allowed: Readonly<Record<Caller['kind'], readonly OperationName[]>> = {
  operator: ['list_benchmarks', 'create_run', 'list_runs', 'get_run', 'cancel_run', 'read_events'],
  public: ['list_benchmarks', 'list_runs', 'get_run', 'read_events'],
  trial: ['exec', 'read_file', 'write_file', 'submit_answer'],
};

test.each(['operator', 'public', 'trial'] as const)('a %s may use its rows and no other', async (kind) => {
  const { service, callers } = await openOperations();
  const answers = await Promise.allSettled(
    operationNames.map((name) => service.call(name, callers[kind], { nonsense: true })),
  );
  const codes = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'done'));
  const open = operationNames.filter((_name, index) => codes[index] === 'invalid-input');
  expect(open).toEqual(allowed[kind]);
  expect(new Set(codes)).toEqual(new Set(['invalid-input', 'forbidden']));
});

test('an agent cannot follow the events of a run', async () => {
  const { service, callers, controlPlane } = await openOperations();
  controlPlane.put(finishedView());
  const following = service.followEvents(callers.trial, { runId: sampleRunId }, AbortSignal.timeout(1_000));
  await expect(following).rejects.toMatchObject({ code: 'forbidden' });
});

test('what handlers answer is what the contract says, field by field', async () => {
  const { service, callers, controlPlane } = await openOperations();
  controlPlane.put(finishedView(), sampleEvents());
  const runId = sampleRunId;
  const call = { run_id: runId, trial_id: sampleTrialId(1), client_call_id: 'a' };
  const answers = {
    list_benchmarks: await service.call('list_benchmarks', callers.public, {}),
    list_runs: await service.call('list_runs', callers.public, {}),
    get_run: await service.call('get_run', callers.public, { runId }),
    cancel_run: await service.call('cancel_run', callers.operator, { runId }),
    read_events: await service.call('read_events', callers.public, { runId }),
    exec: await service.call('exec', callers.trial, { ...call, command: 'true' }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    const row = Object.entries(operations).find(([other]) => other === name)?.[1];
    expect(row?.output.parse(answer)).toEqual(answer);
  }
});

test('an event is encoded once, and the encoder forgets the oldest', () => {
  const encoder = new EventEncoder(2);
  const [one, two, three] = sampleEvents();
  if (!one || !two || !three) throw new Error('no samples');
  const first = encoder.encode(one);
  expect(encoder.encode(one)).toBe(first);
  encoder.encode(two);
  encoder.encode(three);
  expect(encoder.encode(one)).not.toBe(first);
  expect(encoder.encode(one)).toEqual(first);
});
