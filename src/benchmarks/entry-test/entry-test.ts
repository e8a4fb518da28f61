import { fileURLToPath } from 'node:url';
import { createHarborBenchmark, type CheckableBenchmark } from '../harbor-benchmark.ts';

const ownPacks = fileURLToPath(new URL('packs', import.meta.url));

/** The Entry Test: small tasks of our own that ship with ClawBench and need no network. */
export function createEntryTest(options: { readonly packsFolder?: string } = {}): CheckableBenchmark {
  return createHarborBenchmark({
    id: 'entry-test',
    folder: options.packsFolder ?? ownPacks,
    hostVariables: {},
  });
}
