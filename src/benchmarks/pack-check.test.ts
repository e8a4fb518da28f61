import { expect, test } from 'vitest';
import type { Task } from '../domain/task.ts';
import { FakeSandboxProvider } from '../sandboxes/fake/fake-sandbox-provider.ts';
import type { Verification } from './benchmark.ts';
import type { CheckableBenchmark } from './harbor-benchmark.ts';
import { checkPack, type PackCheck, type PackCheckProgress, type PackCheckReport } from './pack-check.ts';

function task(id: string): Task {
  return {
    id,
    digest: `sha256:${id}`,
    instruction: 'x',
    title: id,
    difficulty: 'easy',
    category: 'test',
    agentTimeoutMs: 1_000,
    verifierTimeoutMs: 1_000,
    environment: {
      image: { kind: 'dockerfile', contextDigest: 'sha256:c' },
      cpus: 1,
      memoryMb: 64,
      network: { mode: 'none' },
      env: {},
      workdir: '/app',
      agentUser: id === 'rooted' ? null : 'agent',
      buildTimeoutMs: 1_000,
    },
    answerPath: null,
  };
}

/** A benchmark whose tasks are solved by a file `/app/solved`; `verdict` may say otherwise. */
function benchmarkOf(verdict: (task: Task, solved: boolean) => Verification): CheckableBenchmark {
  return {
    id: 'entry-test',
    packs: async () => [],
    materialise: async () => ({
      instruction: 'x',
      image: {
        kind: 'build',
        context: {
          digest: 'sha256:c',
          name: 'x',
          timeoutMs: 1,
          files: [{ path: 'Dockerfile', bytes: Buffer.from('') }],
        },
      },
      env: {},
      prepare: async () => {},
    }),
    solution: async () => [{ path: 'solve.sh', bytes: Buffer.from('touch /app/solved') }],
    wrongSolutions: async () => [{ name: 'guess', script: Buffer.from('false') }],
    verify: async (of, _nonce, { session }) => {
      const files = await session.download('/app', { maxBytes: 1_000, maxFiles: 10 });
      return verdict(of, files.length > 1);
    },
  };
}

const judged = (reward: number): Verification => ({ kind: 'judged', reward, tests: null, files: [] });

async function check(options: Partial<PackCheck>): Promise<{
  progress: readonly PackCheckProgress[];
  report: PackCheckReport;
  provider: FakeSandboxProvider;
}> {
  const provider = new FakeSandboxProvider({
    clock: { now: () => 0 },
    imageFiles: { '/app/README': 'x' },
    interpreter: ({ command, files }) => {
      if (command.includes('solve.sh')) files.writeText('/app/solved', 'yes');
      return { exitCode: 0 };
    },
  });
  const checking = checkPack({
    benchmark: benchmarkOf((_task, solved) => judged(solved ? 1 : 0)),
    pack: {
      identity: { benchmark: 'entry-test', version: '1', digest: 'sha256:x' },
      title: 'x',
      tasks: [task('one'), task('rooted')],
      faults: [],
    },
    provider,
    clock: { now: () => 0 },
    instance: 'test',
    newNonce: () => '0'.repeat(32),
    parallel: 2,
    ...options,
  });
  const progress: PackCheckProgress[] = [];
  for (;;) {
    const next = await checking.next();
    if (next.done) return { progress, report: next.value, provider };
    progress.push(next.value);
  }
}

test('a sound pack passes: the solution scores, nothing else does', async () => {
  const { report, progress, provider } = await check({});
  expect(report.passed).toBe(true);
  expect(report.rows.map(({ taskId, check: name, reward }) => [taskId, name, reward])).toEqual(
    ['one', 'rooted'].flatMap((id) => [
      [id, 'reference solution', 1],
      [id, 'nothing', 0],
      [id, 'wrong: guess', 0],
      [id, 'cheats as agent', 0],
      ...(id === 'rooted' ? [[id, 'cheats as root', 0]] : []),
    ]),
  );
  const rows = progress.filter(({ kind }) => kind === 'row');
  expect(rows.at(-1)).toMatchObject({ done: 9, total: 9 });
  expect(progress.filter(({ kind }) => kind === 'image')).toHaveLength(1);
  expect(provider.sandboxes.size).toBe(0);
});

test('a task that gives its reward away, or no verdict at all, fails the pack', async () => {
  const { report } = await check({
    benchmark: benchmarkOf(({ id }, solved) =>
      id === 'one'
        ? judged(1)
        : { kind: 'faulted', fault: 'task', message: `no reward: ${solved}`, files: [] },
    ),
  });
  expect(report.passed).toBe(false);
  expect(
    report.rows.filter(({ passed }) => !passed).map(({ check: name, detail }) => [name, detail]),
  ).toEqual([
    ['nothing', ''],
    ['wrong: guess', ''],
    ['cheats as agent', ''],
    ['reference solution', 'no reward: true'],
    ['nothing', 'no reward: false'],
    ['wrong: guess', 'no reward: false'],
    ['cheats as agent', 'no reward: false'],
    ['cheats as root', 'no reward: false'],
  ]);
});

test('a pack with a task that does not load fails', async () => {
  const fault = { taskId: 'x', file: 'task.toml', line: 1, key: null, message: 'no' };
  const identity = { benchmark: 'entry-test', version: '1', digest: 'sha256:x' } as const;
  const { report } = await check({ pack: { identity, title: 'x', tasks: [task('one')], faults: [fault] } });
  expect(report).toMatchObject({ passed: false, faults: [fault] });
});

test('an aborted check starts nothing more and does not pass', async () => {
  const { report, provider } = await check({ signal: AbortSignal.abort() });
  expect(report).toMatchObject({ passed: false, rows: [] });
  expect(provider.sandboxes.size).toBe(0);
});

test('a provider that is down ends the check with its reason', async () => {
  const provider = new FakeSandboxProvider({
    clock: { now: () => 0 },
    interpreter: () => ({ exitCode: 0 }),
    faults: { start: 'unavailable' },
  });
  await expect(check({ provider })).rejects.toMatchObject({ code: 'unavailable' });
});
