import type { BenchmarkId } from '../domain/benchmark.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { ArchiveFile, SandboxSession } from '../sandboxes/sandbox.ts';
import type { Benchmark, Materialised, Pack } from './benchmark.ts';
import { digestFiles } from './folder-files.ts';
import { loadPacks, type LoadedPack } from './pack-loader.ts';
import { filesBelow, loadTask, type LoadedTask, type TaskSource } from './task-loader.ts';
import { mayBeRoot } from './trusted-files.ts';
import { runVerifier, type VerifierJob } from './verifier.ts';

/** Where a benchmark's packs are and what their tasks may know of the host. */
export interface HarborPacks {
  readonly id: BenchmarkId;
  /** Folder with a folder `<benchmark>@<version>` for each pack. */
  readonly folder: string;
  /** The only values `${NAME}` in a task's `env` can stand for. */
  readonly hostVariables: Readonly<Record<string, string>>;
}

/** A way to fail a task on purpose: a script of the agent's that must earn nothing. */
export interface WrongSolution {
  readonly name: string;
  readonly script: Uint8Array;
}

/** A benchmark whose tasks can be checked: each may bring wrong solutions beside its right one. */
export interface CheckableBenchmark extends Benchmark {
  /** Scripts of the task's `wrong-solutions` folder: guesses and shortcuts that must earn 0. */
  wrongSolutions(task: Task): Promise<readonly WrongSolution[]>;
}

const prepareFolder = '/tmp/clawbench-prepare';
const prepareTimeoutMs = 30_000;
const noncePattern = /^[0-9a-f]{32}$/;

/**
 * The benchmark made of every pack in Harbor's task format below a folder. Packs are read once; a task's files are read
 * again each time they are needed and must still be those the task was pinned to.
 */
export function createHarborBenchmark(options: HarborPacks): CheckableBenchmark {
  let loading: Promise<readonly LoadedPack[]> | null = null;
  const load = (): Promise<readonly LoadedPack[]> => {
    loading ??= loadPacks(options.id, options.folder, options.hostVariables).catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  const read = async (task: Task): Promise<LoadedTask> => readPinned(await load(), task);
  return {
    id: options.id,
    packs: async (): Promise<readonly Pack[]> => (await load()).map(({ pack }) => pack),
    materialise: async (task, nonce) => materialise(await read(task), nonce),
    solution: async (task) => solutionOf(await read(task)),
    wrongSolutions: async (task) =>
      filesBelow((await read(task)).files, 'wrong-solutions').map(({ path, bytes }) => ({
        name: path.replace(/\.sh$/, ''),
        script: bytes,
      })),
    verify: async (task, nonce, sandbox) => {
      const job = verifierJob(await read(task), nonce, mayBeRoot(task.environment.agentUser));
      return runVerifier(job, sandbox);
    },
  };
}

async function readPinned(packs: readonly LoadedPack[], task: Task): Promise<LoadedTask> {
  const source = sourceOf(packs, task);
  const reading = await loadTask(source);
  if (reading.kind === 'loaded' && reading.loaded.task.digest === task.digest) return reading.loaded;
  throw new ClawBenchError('conflict', `the files of task ${task.id} are no longer those of ${task.digest}`, {
    hint: 'Leave installed packs as they are; install a change as a new version and restart the service.',
  });
}

function sourceOf(packs: readonly LoadedPack[], task: Task): TaskSource {
  const owner = packs.find(({ pack }) =>
    pack.tasks.some(({ digest, id }) => id === task.id && digest === task.digest),
  );
  const source = owner?.sources.get(task.id);
  if (source) return source;
  throw new ClawBenchError('not-found', `no installed pack has task ${task.id} (${task.digest})`, {
    hint: 'Run `clawbench pack list` to see what is installed.',
  });
}

function materialise(loaded: LoadedTask, nonce: string): Materialised {
  const { settings, files, task } = loaded;
  if (!noncePattern.test(nonce)) {
    throw new ClawBenchError('invalid-input', 'a nonce has 32 lower-case hexadecimal digits');
  }
  const context = filesBelow(files, 'environment');
  return {
    instruction: task.instruction.replaceAll('{{nonce}}', nonce),
    image:
      settings.dockerImage === null
        ? {
            kind: 'build',
            context: {
              digest: digestFiles(context),
              name: task.id,
              files: context,
              timeoutMs: settings.buildTimeoutMs,
            },
          }
        : { kind: 'prebuilt', reference: settings.dockerImage },
    env: { ...settings.env, CLAWBENCH_NONCE: nonce },
    prepare: (session) => prepare(loaded, nonce, session),
  };
}

/** Runs the task's own script and removes every trace of it before the agent starts. */
async function prepare(loaded: LoadedTask, nonce: string, session: SandboxSession): Promise<void> {
  const { settings, files, task } = loaded;
  if (settings.preparePath === null) return;
  const script = settings.preparePath.slice('tests/'.length);
  const given = files.filter(({ path }) => path === settings.preparePath || loaded.overlayPaths.has(path));
  await session.upload(prepareFolder, filesBelow(given, 'tests'));
  const result = await session.exec({
    command: `python3 -B ${prepareFolder}/${script} && rm -rf ${prepareFolder}`,
    ...(settings.workdir === null ? {} : { cwd: settings.workdir }),
    env: { CLAWBENCH_NONCE: nonce },
    timeoutMs: prepareTimeoutMs,
    maxOutputBytes: 16_384,
  });
  if (result.ending === 'exited' && result.exitCode === 0) return;
  const said = Buffer.from(result.stderr).toString('utf8').trim().split('\n').at(-1) ?? '';
  throw new ClawBenchError(
    'invalid-input',
    `task ${task.id} could not be prepared: ${script} ${result.ending} with ${said}`,
    {
      hint: 'Run `clawbench pack check` on the pack; the fault is the task’s.',
    },
  );
}

function solutionOf(loaded: LoadedTask): readonly ArchiveFile[] {
  const files = filesBelow(loaded.files, 'solution');
  if (files.some(({ path }) => path === 'solve.sh')) return files;
  throw new ClawBenchError('not-found', `task ${loaded.task.id} has no solution/solve.sh`);
}

function verifierJob(loaded: LoadedTask, nonce: string, agentMayBeRoot: boolean): VerifierJob {
  const { settings, files } = loaded;
  return {
    tests: filesBelow(files, 'tests'),
    env: settings.verifierEnv,
    nonce,
    workdir: settings.workdir,
    timeoutMs: settings.verifierTimeoutMs,
    agentMayBeRoot,
  };
}
