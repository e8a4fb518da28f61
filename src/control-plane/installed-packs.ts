import type { Benchmark, Pack } from '../benchmarks/benchmark.ts';
import type { PackIdentity } from '../domain/benchmark.ts';

/** The installed pack with exactly this content, or undefined when it was removed or changed. */
export async function findPack(
  benchmarks: readonly Benchmark[],
  identity: PackIdentity,
): Promise<{ readonly benchmark: Benchmark; readonly pack: Pack } | undefined> {
  const benchmark = benchmarks.find(({ id }) => id === identity.benchmark);
  const packs = (await benchmark?.packs()) ?? [];
  const pack = packs.find(
    (candidate) =>
      candidate.identity.version === identity.version && candidate.identity.digest === identity.digest,
  );
  return benchmark && pack && { benchmark, pack };
}
