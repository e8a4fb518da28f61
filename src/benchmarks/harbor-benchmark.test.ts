import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeSandboxProvider } from '../sandboxes/fake/fake-sandbox-provider.ts';
import { describeBenchmark } from './benchmark.contract.ts';
import { createHarborBenchmark } from './harbor-benchmark.ts';

const nonce = '0123456789abcdef0123456789abcdef';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packs-'));
  await writePack('entry-test@1');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function writePack(name: string): Promise<void> {
  const [benchmark, version] = name.split('@');
  await put(
    `${name}/pack.toml`,
    `benchmark = "${benchmark}"\nversion = "${version}"\ntitle = "Small"\ntests = "given"\n`,
  );
  await put(`${name}/given/judge.py`, 'judge');
  await writeTask(name, 'one');
}

async function writeTask(pack: string, id: string, extra = ''): Promise<void> {
  const task = `${pack}/tasks/${id}`;
  await put(`${task}/task.toml`, `[metadata]\ntitle = "Task ${id}"\n[agent]\ntimeout_sec = 5\n${extra}`);
  await put(`${task}/instruction.md`, 'Say {{nonce}}, and {{nonce}} again.');
  await put(`${task}/environment/Dockerfile`, 'FROM clawbench-base\n');
  await put(`${task}/environment/data.txt`, id);
  await put(`${task}/tests/test.sh`, '#!/bin/bash\ntrue\n');
  await put(`${task}/tests/prepare.py`, 'pass\n');
  await put(`${task}/solution/solve.sh`, 'echo\n');
  await put(`${task}/wrong-solutions/guess.sh`, 'false\n');
}

const create = () => createHarborBenchmark({ id: 'entry-test', folder, hostVariables: {} });

async function onlyTask(benchmark = create()) {
  const task = (await benchmark.packs())[0]?.tasks[0];
  if (!task) throw new Error('the pack has no task');
  return task;
}

describeBenchmark('a folder of packs', () => create());

test('packs are listed oldest first, and only those of the benchmark', async () => {
  for (const name of ['entry-test@10', 'entry-test@9', 'terminal-bench@2.0']) await writePack(name);
  const versions = (await create().packs()).map(({ identity }) => identity.version);
  expect(versions).toEqual(['1', '9', '10']);
});

test('a task that is broken is named, and the others still load', async () => {
  await writeTask('entry-test@1', 'broken', 'nonsense');
  await writeTask('entry-test@1', 'unsupported', '[environment]\ngpus = 2\n');
  await put('entry-test@1/tasks/no-tests/task.toml', '');
  await put('entry-test@1/tasks/no-tests/instruction.md', 'x');
  await writeTask('entry-test@1', 'composed');
  await put('entry-test@1/tasks/composed/environment/docker-compose.yaml', '');
  await writeTask('entry-test@1', 'clashing');
  await put('entry-test@1/tasks/clashing/tests/judge.py', 'mine');
  const [pack] = await create().packs();
  expect(pack?.tasks.map(({ id }) => id)).toEqual(['one']);
  expect(pack?.faults.map(({ taskId, file, line, key }) => ({ taskId, file, line, key }))).toEqual([
    { taskId: 'broken', file: 'task.toml', line: 5, key: null },
    { taskId: 'clashing', file: 'tests/judge.py', line: null, key: null },
    { taskId: 'composed', file: 'environment/docker-compose.yaml', line: null, key: null },
    { taskId: 'no-tests', file: 'tests/test.sh', line: null, key: null },
    { taskId: 'unsupported', file: 'task.toml', line: 6, key: 'environment.gpus' },
  ]);
});

test('a broken manifest ends the loading and says where', async () => {
  await put('entry-test@1/pack.toml', 'benchmark = "entry-test"\nversion = 1\n');
  await expect(create().packs()).rejects.toThrow(/line 2: version/);
  await put('entry-test@1/pack.toml', 'benchmark = "entry-test"\nversion = "2"\ntitle = "x"\n');
  await expect(create().packs()).rejects.toThrow(/names another pack/);
});

test('equal files have equal digests, and any change another', async () => {
  const before = await onlyTask();
  await cp(join(folder, 'entry-test@1'), join(folder, 'copy'), { recursive: true });
  expect((await onlyTask()).digest).toBe(before.digest);
  await put('entry-test@1/given/judge.py', 'another judge');
  const after = await onlyTask();
  expect(after.digest).not.toBe(before.digest);
  expect(after.environment.image).toEqual(before.environment.image);
});

test('files that changed after they were pinned are never used', async () => {
  const benchmark = create();
  const task = await onlyTask(benchmark);
  await put('entry-test@1/tasks/one/tests/test.sh', '#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n');
  await expect(benchmark.materialise(task, nonce)).rejects.toMatchObject({ code: 'conflict' });
  await expect(benchmark.materialise({ ...task, id: 'two' }, nonce)).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('wrong solutions are named by their files', async () => {
  const benchmark = create();
  const wrong = await benchmark.wrongSolutions(await onlyTask(benchmark));
  expect(wrong.map(({ name }) => name)).toEqual(['guess']);
});

test('a trial is prepared by the script of the task, as the agent, and the script is gone afterwards', async () => {
  await put('entry-test@1/tasks/one/task.toml', '[clawbench]\nprepare = "tests/prepare.py"\n');
  const seen: { command: string; nonce: string | undefined; uploaded: readonly string[] }[] = [];
  const provider = new FakeSandboxProvider({
    clock: { now: () => 0 },
    interpreter: ({ command, env, files }) => {
      const uploaded = files.below('/tmp/clawbench-prepare').map(([path]) => path);
      seen.push({ command, nonce: env['CLAWBENCH_NONCE'], uploaded });
      return { exitCode: seen.length - 1, stderr: 'Traceback\nValueError: no\n' };
    },
  });
  const benchmark = create();
  const materialised = await benchmark.materialise(await onlyTask(benchmark), nonce);
  const sandbox = await provider.create({
    image: { reference: 'x', digest: 'sha256:x' },
    owner: { instance: 'test', runId: 'r', trialId: 't', leaseToken: 1 },
    cpus: 1,
    memoryMb: 64,
    pids: 10,
    network: { mode: 'none' },
    env: {},
    workdir: '/app',
    agentUser: 'agent',
    endpoints: [],
  });
  await materialised.prepare(sandbox.session());
  expect(seen).toEqual([
    {
      command: 'python3 -B /tmp/clawbench-prepare/prepare.py && rm -rf /tmp/clawbench-prepare',
      nonce,
      uploaded: ['/tmp/clawbench-prepare/judge.py', '/tmp/clawbench-prepare/prepare.py'],
    },
  ]);
  await expect(materialised.prepare(sandbox.session())).rejects.toThrow(
    /could not be prepared.*ValueError: no/,
  );
});
