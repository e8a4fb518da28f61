import { expect, test, vi } from 'vitest';
import { KeptLog, KeptToolCalls } from '../../tests/world/edge-doubles.ts';
import { sampleRunId, sampleTrial, sampleTrialId } from '../../tests/world/sample-run.ts';
import { openScope, sampleClock, sampleTask } from '../../tests/world/sample-scope.ts';
import { Lease } from '../domain/lease.ts';
import type { FakeInterpreter } from '../sandboxes/fake/fake-command.ts';
import type { StampedTrialEvent, TrialStore } from '../storage/trial-store.ts';
import type { ToolCallKey } from './tool-desk.ts';
import { createToolDesk } from './trial-tools.ts';

const trialId = sampleTrialId(1);
const key = (clientCallId: string): ToolCallKey => ({ runId: sampleRunId, trialId, clientCallId });

async function openDesk(interpreter: FakeInterpreter, task = sampleTask) {
  const world = await openScope(interpreter, task);
  const events: StampedTrialEvent[] = [];
  const toolCalls = new KeptToolCalls();
  const log = new KeptLog();
  const trials: Pick<TrialStore, 'get' | 'advance'> = {
    get: async () => sampleTrial(1, task.id, 'verifying'),
    advance: async (_lease, _to, _patch, added) => {
      events.push(...added);
    },
  };
  const desk = createToolDesk({ toolCalls, trials, clock: sampleClock, log });
  return { ...world, desk, events, toolCalls, log };
}

const silent: FakeInterpreter = () => ({ exitCode: 0 });

test('the same call again gives the first result and runs nothing', async () => {
  let runs = 0;
  const { desk, scope } = await openDesk(() => {
    runs += 1;
    return { exitCode: 3, stdout: `run ${runs}` };
  });
  const first = await desk.exec(scope, key('a'), { command: 'date' });
  expect(first).toMatchObject({ exitCode: 3, stdout: 'run 1', ending: 'exited' });
  expect(await desk.exec(scope, key('a'), { command: 'date' })).toEqual(first);
  expect(await desk.exec(scope, key('b'), { command: 'date' })).toMatchObject({ stdout: 'run 2' });
  expect(runs).toBe(2);
});

test('concurrent duplicates run once and share the result', async () => {
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const { desk, scope } = await openDesk(async () => {
    runs += 1;
    await gate.promise;
    return { exitCode: 0, stdout: 'once' };
  });
  const calls = Array.from({ length: 5 }, () => desk.exec(scope, key('a'), { command: 'slow' }));
  gate.resolve();
  const answers = await Promise.all(calls);
  expect(new Set(answers.map((answer) => answer.stdout))).toEqual(new Set(['once']));
  expect(runs).toBe(1);
});

test('an id used for something else is a conflict and does nothing, at once and later', async () => {
  const interpreter = vi.fn<FakeInterpreter>(silent);
  const { desk, scope } = await openDesk(interpreter);
  const open = desk.exec(scope, key('a'), { command: 'one' });
  await expect(desk.exec(scope, key('a'), { command: 'two' })).rejects.toMatchObject({
    code: 'dedupe-conflict',
  });
  await open;
  await expect(desk.exec(scope, key('a'), { command: 'two' })).rejects.toMatchObject({
    code: 'dedupe-conflict',
  });
  await expect(desk.readFile(scope, key('a'), { path: '/x' })).rejects.toMatchObject({
    code: 'dedupe-conflict',
  });
  expect(interpreter).toHaveBeenCalledTimes(1);
});

test('a new try of the trial is not answered with results of the old one', async () => {
  let runs = 0;
  const { desk, scope } = await openDesk(() => ({ exitCode: 0, stdout: `run ${(runs += 1)}` }));
  await desk.exec(scope, key('a'), { command: 'date' });
  const { runId, workerId, expiresAt } = scope.lease;
  const later = Lease.grant({ trialId, runId, workerId, expiresAt, token: scope.lease.token + 1 });
  const retried = { ...scope, lease: later, signal: new AbortController().signal };
  expect(await desk.exec(retried, key('a'), { command: 'date' })).toMatchObject({ stdout: 'run 2' });
});

test('a call for another run or trial is refused', async () => {
  const { desk, scope } = await openDesk(silent);
  const other = { ...key('a'), trialId: sampleTrialId(9) };
  await expect(desk.exec(scope, other, { command: 'id' })).rejects.toMatchObject({ code: 'not-found' });
});

test('files are written, read back in pieces, and never cut inside a character', async () => {
  const { desk, scope } = await openDesk(silent);
  const content = 'é'.repeat(10);
  expect(await desk.writeFile(scope, key('w'), { path: 'notes.txt', content })).toEqual({
    path: '/app/notes.txt',
    bytesWritten: 20,
  });
  const head = await desk.readFile(scope, key('r1'), { path: '/app/./notes.txt', limit: 5 });
  expect(head).toEqual({ path: '/app/notes.txt', content: 'éé', encoding: 'utf-8', size: 20, nextOffset: 4 });
  const rest = await desk.readFile(scope, key('r2'), { path: 'notes.txt', offset: 4 });
  expect(rest).toMatchObject({ content: 'é'.repeat(8), nextOffset: null });
  await scope.session.writeFile('/app/raw', new Uint8Array([0, 255, 1]));
  expect(await desk.readFile(scope, key('r3'), { path: 'raw' })).toMatchObject({
    encoding: 'base64',
    content: 'AP8B',
  });
});

test.each([
  '/tests/test.sh',
  '/tests',
  '//tests/x',
  '../tests/x',
  '/app/../logs/verifier/reward.txt',
  '/solution/solve.sh',
  '/proc/self/environ',
  '/sys/kernel',
  '/opt/clawbench/busybox',
  './../../proc/1/root/tests/x',
])('the path %s is closed to every tool', async (path) => {
  const { desk, scope } = await openDesk(silent);
  const forbidden = { code: 'forbidden' };
  await expect(desk.readFile(scope, key('1'), { path })).rejects.toMatchObject(forbidden);
  await expect(desk.writeFile(scope, key('2'), { path, content: 'x' })).rejects.toMatchObject(forbidden);
  await expect(desk.exec(scope, key('3'), { command: 'ls', cwd: path })).rejects.toMatchObject(forbidden);
});

test('names that only look like a closed place are open', async () => {
  const { desk, scope } = await openDesk(silent);
  await expect(desk.writeFile(scope, key('1'), { path: '/tests2/x', content: 'x' })).resolves.toBeDefined();
  await expect(
    desk.writeFile(scope, key('2'), { path: '/app/tests/x', content: 'x' }),
  ).resolves.toBeDefined();
  await expect(desk.readFile(scope, key('3'), { path: 'a\0b' })).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

test('long output is cut in the middle with a note and an event', async () => {
  const { desk, scope, events } = await openDesk(() => ({
    exitCode: 0,
    stdout: `BEGIN${'x'.repeat(200_000)}END`,
  }));
  const answer = await desk.exec(scope, key('long'), { command: 'yes' });
  expect(answer.stdout.startsWith('BEGINxxx')).toBe(true);
  expect(answer.stdout.endsWith('xxxEND')).toBe(true);
  expect(answer.stdout).toMatch(/\[… 167240 bytes left out here;/);
  expect(answer.droppedBytes).toBe(167_240);
  expect(events.map(({ event }) => event)).toEqual([
    { type: 'output-truncated', callId: 'long', keptBytes: 32_768, droppedBytes: 167_240 },
  ]);
});

test('one answer is accepted; the same again is fine, another is refused', async () => {
  const { desk, scope } = await openDesk(silent);
  expect(await desk.submitAnswer(scope, key('1'), '42')).toEqual({ accepted: true });
  expect(await desk.submitAnswer(scope, key('2'), '42')).toEqual({ accepted: true });
  await expect(desk.submitAnswer(scope, key('3'), '43')).rejects.toMatchObject({ code: 'conflict' });
  const written = await scope.session.readFile('/app/answer.txt', { maxBytes: 100 });
  expect(Buffer.from(written.bytes).toString()).toBe('42');
});

test('a task without an answer file takes no answer', async () => {
  const { desk, scope } = await openDesk(silent, { ...sampleTask, answerPath: null });
  await expect(desk.submitAnswer(scope, key('1'), '42')).rejects.toMatchObject({ code: 'unsupported' });
});

test('after the agent phase every call is refused and says what the trial is doing', async () => {
  const hung = Promise.withResolvers<void>();
  const { desk, scope, phase } = await openDesk(async ({ signal }) => {
    signal.addEventListener('abort', () => hung.resolve(), { once: true });
    await hung.promise;
    return { exitCode: 0 };
  });
  const open = desk.exec(scope, key('a'), { command: 'sleep 100' });
  phase.abort();
  await expect(open).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('verifying'),
  });
  await expect(desk.exec(scope, key('b'), { command: 'id' })).rejects.toMatchObject({ code: 'conflict' });
});

test('trouble of the sandbox is told without a word about this host', async () => {
  const { desk, scope, provider, log } = await openDesk(silent);
  provider.faults.exec = 'unavailable';
  const failed = desk.exec(scope, key('a'), { command: 'id' });
  await expect(failed).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.not.stringContaining('/'),
  });
  expect(log.lines).toHaveLength(1);
});
