import { z } from 'zod';
import { benchmarkIds } from '../domain/benchmark.ts';

/** One benchmark of the catalog and the packs of it that are installed. */
export const benchmarkDocumentSchema = z.strictObject({
  id: z.enum(benchmarkIds),
  title: z.string(),
  summary: z.string(),
  packs: z.array(
    z.strictObject({
      version: z.string(),
      digest: z.string(),
      tasks: z.array(z.string()),
      faults: z.int().nonnegative().describe('tasks that could not be loaded'),
    }),
  ),
});

export type BenchmarkDocument = z.infer<typeof benchmarkDocumentSchema>;
