import type { Clock } from '../domain/clock.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { Task, TaskFault } from '../domain/task.ts';
import type { Sandbox, SandboxImage, SandboxProvider, SandboxSession } from '../sandboxes/sandbox.ts';
import type { Materialised, Pack, Verification } from './benchmark.ts';
import { genericCheats, type Cheat } from './cheats.ts';
import type { CheckableBenchmark } from './harbor-benchmark.ts';
import { mayBeRoot } from './trusted-files.ts';

/** What a pack is checked with. */
export interface PackCheck {
  readonly benchmark: CheckableBenchmark;
  readonly pack: Pack;
  readonly provider: SandboxProvider;
  readonly clock: Clock;
  /** Owner of the sandboxes, so that a sweep can tell them from those of runs. */
  readonly instance: string;
  /** A fresh nonce of 32 lower-case hex digits for each sandbox. */
  readonly newNonce: () => string;
  /** Sandboxes at a time. */
  readonly parallel: number;
  /** Ends the check: what runs is finished and removed, nothing more is started. */
  readonly signal?: AbortSignal;
}

/** One thing tried on one task, and whether it ended as it must. `reward` is null when nothing was judged. */
export interface PackCheckRow {
  readonly taskId: string;
  /** For example `reference solution`, `nothing`, `wrong: guess`, `cheats as root`. */
  readonly check: string;
  readonly expected: 0 | 1;
  readonly reward: number | null;
  readonly passed: boolean;
  /** Why it did not pass, in a sentence; empty when it did. */
  readonly detail: string;
  readonly durationMs: number;
}

export type PackCheckProgress =
  | { readonly kind: 'image'; readonly taskId: string; readonly line: string }
  | { readonly kind: 'row'; readonly row: PackCheckRow; readonly done: number; readonly total: number };

/** The whole table, in the order of the tasks, and what could not be loaded. */
export interface PackCheckReport {
  readonly rows: readonly PackCheckRow[];
  readonly faults: readonly TaskFault[];
  readonly passed: boolean;
}

interface Attempt {
  readonly task: Task;
  readonly check: string;
  readonly expected: 0 | 1;
  readonly asRoot: boolean;
  readonly act: (session: SandboxSession) => Promise<void>;
}

const scriptFolder = '/tmp/clawbench-check';
const cheatTimeoutMs = 10_000;
const maxOutputBytes = 64 * 1_024;

/**
 * Proves that a pack can be trusted: on every task the reference solution scores 1, and doing nothing, each wrong
 * solution and the generic cheats (as root too, where the agent may be) score 0. Yields progress and returns the table.
 * @throws ClawBenchError `unavailable` when the provider cannot start sandboxes at all.
 */
export async function* checkPack(options: PackCheck): AsyncGenerator<PackCheckProgress, PackCheckReport> {
  const preflight = await options.provider.preflight();
  if (preflight.kind === 'unavailable') {
    throw new ClawBenchError('unavailable', preflight.reason, { hint: preflight.hint });
  }
  const attempts: Attempt[] = [];
  for (const task of options.pack.tasks) attempts.push(...(await attemptsOn(options.benchmark, task)));
  const rows = new Map<Attempt, PackCheckRow>();
  const news: PackCheckProgress[] = [];
  const running = new Map<Attempt, Promise<void>>();
  const images = new Map<string, Promise<SandboxImage>>();
  let wake = Promise.withResolvers<void>();
  const tell = (progress: PackCheckProgress): void => {
    news.push(progress);
    wake.resolve();
  };
  const run = async (attempt: Attempt): Promise<void> => {
    const onLine = (line: string): void => tell({ kind: 'image', taskId: attempt.task.id, line });
    const row = await runAttempt(options, attempt, images, onLine);
    rows.set(attempt, row);
    running.delete(attempt);
    tell({ kind: 'row', row, done: rows.size, total: attempts.length });
  };
  const waiting = [...attempts];
  try {
    while (rows.size < attempts.length) {
      const free = options.signal?.aborted ? 0 : options.parallel - running.size;
      for (const attempt of waiting.splice(0, free)) running.set(attempt, run(attempt));
      if (running.size === 0) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
      yield* news.splice(0);
    }
  } finally {
    await Promise.all(running.values());
  }
  yield* news.splice(0);
  return reportOf(options.pack, attempts, rows);
}

function reportOf(
  pack: Pack,
  attempts: readonly Attempt[],
  rows: ReadonlyMap<Attempt, PackCheckRow>,
): PackCheckReport {
  const table = attempts.flatMap((attempt) => rows.get(attempt) ?? []);
  const complete = table.length === attempts.length && attempts.length > 0;
  return {
    rows: table,
    faults: pack.faults,
    passed: complete && pack.faults.length === 0 && table.every((row) => row.passed),
  };
}

async function attemptsOn(benchmark: CheckableBenchmark, task: Task): Promise<readonly Attempt[]> {
  const wrong = await benchmark.wrongSolutions(task);
  const cheat = (user: Cheat['user']): Attempt => ({
    task,
    check: `cheats as ${user}`,
    expected: 0,
    asRoot: user === 'root',
    act: (session) => cheatAll(session, user),
  });
  return [
    {
      task,
      check: 'reference solution',
      expected: 1,
      asRoot: false,
      act: (session) => solve(session, benchmark, task),
    },
    { task, check: 'nothing', expected: 0, asRoot: false, act: async () => {} },
    ...wrong.map(({ name, script }): Attempt => ({
      task,
      check: `wrong: ${name}`,
      expected: 0,
      asRoot: false,
      act: (session) => actWrongly(session, script, task),
    })),
    cheat('agent'),
    ...(mayBeRoot(task.environment.agentUser) ? [cheat('root')] : []),
  ];
}

async function runAttempt(
  options: PackCheck,
  attempt: Attempt,
  images: Map<string, Promise<SandboxImage>>,
  onLine: (line: string) => void,
): Promise<PackCheckRow> {
  const startedAt = options.clock.now();
  const row = (reward: number | null, detail: string): PackCheckRow => ({
    taskId: attempt.task.id,
    check: attempt.check,
    expected: attempt.expected,
    reward,
    passed: reward === attempt.expected,
    detail: reward === attempt.expected ? '' : detail,
    durationMs: options.clock.now() - startedAt,
  });
  try {
    const nonce = options.newNonce();
    const materialised = await options.benchmark.materialise(attempt.task, nonce);
    const image = await imageFor(options.provider, materialised, images, onLine);
    const verification = await tryOut(options, attempt, { nonce, materialised, image });
    if (verification.kind === 'faulted') return row(null, verification.message);
    return row(verification.reward, lastLines(verification));
  } catch (error) {
    return row(null, ClawBenchError.from(error).message);
  }
}

/** Builds or pulls each image once, however many attempts need it. */
function imageFor(
  provider: SandboxProvider,
  { image }: Materialised,
  images: Map<string, Promise<SandboxImage>>,
  onLine: (line: string) => void,
): Promise<SandboxImage> {
  const key = image.kind === 'build' ? image.context.digest : image.reference;
  const known = images.get(key);
  if (known) return known;
  const made =
    image.kind === 'build' ? provider.buildImage(image.context, onLine) : provider.pullImage(key, onLine);
  images.set(key, made);
  return made;
}

async function tryOut(
  options: PackCheck,
  attempt: Attempt,
  trial: { readonly nonce: string; readonly materialised: Materialised; readonly image: SandboxImage },
): Promise<Verification> {
  const { environment } = attempt.task;
  const sandbox: Sandbox = await options.provider.create({
    image: trial.image,
    owner: { instance: options.instance, runId: 'pack-check', trialId: trial.nonce, leaseToken: 0 },
    cpus: environment.cpus,
    memoryMb: environment.memoryMb,
    pids: 256,
    network: environment.network,
    env: trial.materialised.env,
    workdir: environment.workdir,
    agentUser: attempt.asRoot ? 'root' : environment.agentUser,
    endpoints: [],
  });
  try {
    const session = sandbox.session();
    await trial.materialised.prepare(session);
    await attempt.act(session);
    return await options.benchmark.verify(attempt.task, trial.nonce, await sandbox.seal());
  } finally {
    await sandbox.remove();
  }
}

async function solve(session: SandboxSession, benchmark: CheckableBenchmark, task: Task): Promise<void> {
  await session.upload(scriptFolder, await benchmark.solution(task));
  await runScript(session, `${scriptFolder}/solve.sh`, task);
}

async function actWrongly(session: SandboxSession, script: Uint8Array, task: Task): Promise<void> {
  await session.upload(scriptFolder, [{ path: 'wrong.sh', bytes: script }]);
  await runScript(session, `${scriptFolder}/wrong.sh`, task);
}

async function runScript(session: SandboxSession, path: string, task: Task): Promise<void> {
  const { workdir } = task.environment;
  await session.exec({
    command: `shell=/bin/bash; [ -x "$shell" ] || shell=/bin/sh; exec "$shell" ${path}`,
    ...(workdir === null ? {} : { cwd: workdir }),
    timeoutMs: task.agentTimeoutMs,
    maxOutputBytes,
  });
}

async function cheatAll(session: SandboxSession, user: Cheat['user']): Promise<void> {
  for (const { script } of genericCheats.filter((cheat) => cheat.user === user)) {
    await session.exec({ command: script, timeoutMs: cheatTimeoutMs, maxOutputBytes });
  }
}

/** The end of what the verifier printed: where a failed check says what it missed. */
function lastLines(verification: Verification): string {
  const output = verification.files.find((file) => file.kind === 'test-output');
  const text = Buffer.from(output?.bytes ?? []).toString('utf8');
  return text.trim().split('\n').slice(-6).join('\n').slice(-600);
}
