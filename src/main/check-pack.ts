import { randomBytes } from 'node:crypto';
import { createEntryTest } from '../benchmarks/entry-test/entry-test.ts';
import { checkPack, type PackCheckProgress, type PackCheckReport } from '../benchmarks/pack-check.ts';
import { formatPack, parsePackRef } from '../domain/benchmark.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { systemClock } from './identifiers.ts';
import { openSandboxes, type Surroundings } from './wire.ts';

const parallel = 2;

function describe(progress: PackCheckProgress): string {
  if (progress.kind === 'image') return `${progress.taskId}: ${progress.line}`;
  const { row, done, total } = progress;
  const verdict = row.passed ? '✔' : '✘';
  const reward = row.reward === null ? 'no reward' : `reward ${row.reward}`;
  const seconds = (row.durationMs / 1000).toFixed(1);
  const count = `${done}/${total}`.padStart(7);
  return `${count} ${verdict} ${row.taskId.padEnd(24)} ${row.check.padEnd(34)} ${reward} (${seconds} s) ${row.detail}`.trimEnd();
}

/**
 * Proves a bench pack on the sandboxes of this machine: solutions score 1; nothing, mistakes and cheats score 0.
 * @throws ClawBenchError `not-found` when the pack is not installed, `unavailable` when sandboxes cannot be started.
 */
export async function runPackCheck(
  name: string,
  surroundings: Surroundings,
  options: { readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<PackCheckReport> {
  const ref = parsePackRef(name);
  const benchmark = [createEntryTest()].find(({ id }) => id === ref.benchmark);
  const packs = (await benchmark?.packs()) ?? [];
  const pack = packs.findLast(
    ({ identity }) => ref.version === undefined || identity.version === ref.version,
  );
  if (!benchmark || !pack) {
    throw new ClawBenchError('not-found', `the bench pack "${name}" is not installed`, {
      hint: 'Installed packs: clawbench pack list',
    });
  }
  options.print(
    `checking ${formatPack(pack.identity)} (${pack.tasks.length} tasks, ${pack.identity.digest})`,
  );
  const check = checkPack({
    benchmark,
    pack,
    provider: openSandboxes(surroundings),
    clock: systemClock,
    instance: surroundings.credentials.instance,
    newNonce: () => randomBytes(16).toString('hex'),
    parallel,
    signal: options.signal,
  });
  for (;;) {
    const next = await check.next();
    if (next.done) return next.value;
    options.print(describe(next.value));
  }
}
