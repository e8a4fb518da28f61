import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { edgeToken, openServer } from '../../tests/world/edge-server.ts';
import {
  cancelledView,
  finishedView,
  runningView,
  sampleEvents,
  sampleRun,
  sampleRunId,
} from '../../tests/world/sample-run.ts';
import type { RunView } from '../control-plane/control-plane.ts';
import type { Outcome } from '../domain/outcome.ts';
import { runCli } from './cli.ts';
import type { CliOptions, LocalCommand } from './cli-options.ts';

const checkCommand: LocalCommand = {
  summary: 'check a bench pack',
  usage: '<pack>',
  help: ['--task GLOB  only these tasks'],
  run: async (args) => 40 + args.length,
};

function terminal(url: string, changes: Partial<CliOptions> & { readonly tty?: boolean } = {}) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTTY: changes.tty ?? false,
    columns: 80,
  });
  const options: CliOptions = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    service: { url, token: edgeToken },
    local: { serve: { ...checkCommand, summary: 'serve' }, 'pack check': checkCommand },
    now: Date.now,
    wait: async (ms, signal) => {
      await delay(Math.min(ms, 20), undefined, { signal }).catch(() => undefined);
    },
    newRequestKey: () => 'key-1',
    interrupted: new AbortController().signal,
    ...changes,
  };
  return { written, run: (...argv: string[]) => runCli(argv, options) };
}

const nowhere = 'http://127.0.0.1:9';
const graded = (reward: number): Outcome => ({ kind: 'graded', reward, tests: null });

/** A finished run whose trials ended like this. */
function ended(outcomes: readonly Outcome[], status: 'finished' | 'cancelled' = 'finished'): RunView {
  const view = finishedView();
  const counts = {
    registered: outcomes.length,
    solved: outcomes.filter((outcome) => 'reward' in outcome && outcome.reward === 1).length,
    unsolved: outcomes.filter((outcome) => 'reward' in outcome && outcome.reward < 1).length,
    faulted: outcomes.filter((outcome) => outcome.kind === 'faulted').length,
    cancelled: outcomes.filter((outcome) => outcome.kind === 'cancelled').length,
  };
  const { result } = view.run;
  return {
    ...view,
    run: { ...view.run, status, result: result && { ...result, counts } },
    trials: view.trials.slice(0, outcomes.length).map((trial, index) => ({
      ...trial,
      outcome: outcomes[index] ?? null,
    })),
  };
}

test.each([
  ['all solved', ended([graded(1), graded(1)]), 0],
  ['one not solved', ended([graded(1), graded(0.5)]), 1],
  ['one without a grade', ended([graded(1), { kind: 'faulted', fault: 'sandbox', message: 'x' }]), 3],
  ['cancelled', ended([graded(1), { kind: 'cancelled', by: 'x' }], 'cancelled'), 3],
])('run waits for the end and its exit code is the verdict: %s', async (_name, view, exitCode) => {
  await using server = await openServer();
  server.controlPlane.admit = () => ({ kind: 'created', run: sampleRun({ status: 'queued' }) });
  server.controlPlane.put(runningView(), sampleEvents().slice(0, 20));
  const { run, written } = terminal(server.url);
  const code = run(
    'run',
    'entry-test',
    '--task',
    'fix-*',
    '--task',
    'count-*',
    '--budget',
    '2.50',
    '--timeout',
    '10m',
    '--trials',
    '2',
  );
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(1));
  server.controlPlane.put(view, sampleEvents().slice(20));
  expect(await code).toBe(exitCode);
  expect(server.controlPlane.requests).toMatchObject([
    {
      pack: 'entry-test',
      tasks: ['fix-*', 'count-*'],
      budget: 2_500_000,
      limits: { agentTimeoutMs: 600_000 },
      trialsPerTask: 2,
      origin: { kind: 'cli', key: 'cli:key-1' },
    },
  ]);
  expect(written.stderr).toContain('answer-checksum #1 solved in 15 s');
  expect(written.stdout).toContain('Score 60 %');
  expect(written.stdout).toContain('A scripted model replayed fixed answers');
});

test('on a terminal the grid is drawn in place', async () => {
  await using server = await openServer();
  server.controlPlane.put(runningView(), sampleEvents().slice(0, 20));
  const { run, written } = terminal(server.url, { tty: true });
  const code = run('show', sampleRunId, '--follow');
  await vi.waitFor(() => expect(written.stderr.match(/answer-checksum/g)?.length).toBeGreaterThan(2));
  server.controlPlane.put(finishedView(), sampleEvents().slice(20));
  expect(await code).toBe(3);
  const escape = '\u001b';
  expect(written.stderr).toContain(`${escape}[8A${escape}[J`);
  const last = written.stderr.split(`${escape}[J`).at(-1) ?? '';
  expect(last).toContain(`answer-checksum  ${escape}[32m✔`);
  expect(last).toContain(`count-words      ${escape}[31m✘`);
  expect(last).toMatch(/2 of 6 trials over, 1 solved · cost unknown · /);
});

test('an interrupt leaves the run alone and says how to cancel it', async () => {
  await using server = await openServer();
  server.controlPlane.put(runningView());
  const interrupt = new AbortController();
  const { run, written } = terminal(server.url, { interrupted: interrupt.signal, tty: true });
  const code = run('show', sampleRunId, '--follow');
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(1));
  interrupt.abort();
  expect(await code).toBe(3);
  expect(written.stderr).toContain(`clawbench cancel ${sampleRunId}`);
  expect(server.controlPlane.cancelled).toEqual([]);
});

test('--json answers are the documents of the API', async () => {
  await using server = await openServer();
  server.controlPlane.put(finishedView(), sampleEvents());
  const { run, written } = terminal(server.url);
  expect(await run('show', sampleRunId, '--json')).toBe(0);
  expect(JSON.parse(written.stdout)).toMatchObject({ run: { id: sampleRunId }, trials: expect.any(Array) });
  written.stdout = '';
  expect(await run('runs', '--json')).toBe(0);
  expect(JSON.parse(written.stdout)).toMatchObject({ runs: [{ id: sampleRunId }], next: null });
  written.stdout = '';
  expect(await run('pack', 'list', '--json')).toBe(0);
  expect(JSON.parse(written.stdout)).toMatchObject({ benchmarks: expect.any(Array) });
});

test('runs, show, cancel and pack list for people', async () => {
  await using server = await openServer();
  const { run, written } = terminal(server.url);
  expect(await run('runs')).toBe(0);
  expect(written.stdout).toContain('There is no run yet');
  server.controlPlane.put(cancelledView());
  await run('runs');
  expect(written.stdout).toMatch(
    /RUN +STATE .*\n01K0V5Z3QK6M1T6E0G2Q1N4W7B +cancelled +entry-test@1 +Tester_agent \(scripted\)/,
  );
  await run('show', sampleRunId);
  expect(written.stdout).toMatch(/TASK +TRIAL +STATE.*\nanswer-checksum +1 +solved +3\/3 /);
  expect(written.stdout).toContain(`${server.url}/runs/${sampleRunId}`);
  expect(await run('cancel', sampleRunId)).toBe(0);
  expect(written.stdout).toContain('is being cancelled');
  server.controlPlane.cancelAnswer = 'too-late';
  await run('cancel', sampleRunId);
  expect(written.stdout).toContain('is over; there is nothing to cancel');
  await run('pack', 'list');
  expect(written.stdout).toMatch(/entry-test@1 +2 tasks/);
});

test('what others wrote cannot steer the terminal', async () => {
  await using server = await openServer();
  const view = finishedView();
  const trials = view.trials.map((trial) => ({ ...trial, taskId: 'x\u001b]0;owned\u0007\u202e' }));
  server.controlPlane.put({ ...view, trials });
  const { run, written } = terminal(server.url);
  await run('show', sampleRunId);
  expect(written.stdout).toContain('x�]0;owned��');
});

test('refusals of the service are told with their hint', async () => {
  await using server = await openServer();
  server.controlPlane.admit = () => ({
    kind: 'refused',
    faults: [{ field: 'pack', message: 'there is no "entri-test"', nearest: 'entry-test', valid: [] }],
  });
  const { run, written } = terminal(server.url);
  expect(await run('run', 'entri-test')).toBe(2);
  expect(written.stderr).toContain('pack: there is no "entri-test"\nDid you mean "entry-test"?');
  expect(await run('show', '01K0V5Z3QK6M1T6E0G2Q1N9999')).toBe(2);
  const stranger = terminal(server.url, { service: { url: server.url, token: 'wrong' } });
  expect(await stranger.run('runs')).toBe(2);
  expect(stranger.written.stderr).toContain('CLAWBENCH_TOKEN');
});

test('without a service: how to start one, and exit code 3', async () => {
  const { run, written } = terminal(nowhere);
  expect(await run('run', 'entry-test')).toBe(3);
  expect(written.stderr).toContain(`nothing answers at ${nowhere}`);
  expect(written.stderr).toContain('clawbench serve');
});

test.each([
  [['rnu', 'entry-test'], 'Did you mean "clawbench run"?'],
  [['pack', 'chekc'], 'Did you mean "clawbench pack check"?'],
  [['run'], 'Usage: clawbench run <benchmark>'],
  [['runs', 'extra'], 'there are too many words'],
  [['run', 'entry-test', '--modle', 'x/y'], 'Did you mean --model?'],
  [['run', 'entry-test', '--trials', 'many'], '--trials must be a whole number'],
  [['run', 'entry-test', '--budget', 'lots'], '--budget must be an amount'],
  [['run', 'entry-test', '--timeout', 'soon'], '--timeout must be a time'],
  [['run', 'entry-test', '--driver', 'bultin'], 'Drivers: builtin'],
  [['run', 'entry-test', '--agent'], 'All options: clawbench run --help'],
  [['runs', '--limit', '0'], '--limit must be a number'],
  [['help', 'nothing'], 'there is no command "nothing"'],
])('clawbench %j is wrong usage with a way on', async (argv, said) => {
  const { run, written } = terminal(nowhere);
  expect(await run(...argv)).toBe(2);
  expect(written.stderr).toContain(said);
  expect(written.stdout).toBe('');
});

test('help lists every command, and each command explains itself', async () => {
  const { run, written } = terminal(nowhere);
  expect(await run()).toBe(0);
  for (const name of ['serve', 'run', 'runs', 'show', 'cancel', 'pack list', 'pack check']) {
    expect(written.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
  written.stdout = '';
  expect(await run('run', '--help')).toBe(0);
  expect(written.stdout).toMatch(/Usage: clawbench run <benchmark>[^]*--model PROVIDER\/ID +model[^]*--json/);
  written.stdout = '';
  expect(await run('pack', 'check', '--help')).toBe(0);
  expect(written.stdout).toContain('--task GLOB  only these tasks');
});

test('local commands get the words after their name and decide the exit code', async () => {
  const { run } = terminal(nowhere);
  expect(await run('pack', 'check', 'entry-test', '--x')).toBe(42);
  expect(await run('serve')).toBe(40);
});
