import * as z from 'zod';
import { parseRunId, parseTrialId } from '../../domain/ids.ts';
import type { Artifact } from '../artifact-store.ts';
import { count, parseRow } from './json-columns.ts';
import type { ArtifactRow } from './tables.ts';

const artifactShape: z.ZodType<Artifact> = z.object({
  runId: z.string().transform(parseRunId),
  trialId: z.string().transform(parseTrialId),
  name: z.string(),
  kind: z.string(),
  digest: z.string(),
  size: count,
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function artifactOf(row: ArtifactRow): Artifact {
  return parseRow({ table: 'artifacts', key: `${row.trial_id}/${row.name}` }, artifactShape, () => ({
    runId: row.run_id,
    trialId: row.trial_id,
    name: row.name,
    kind: row.kind,
    digest: row.digest,
    size: row.size,
  }));
}

export function artifactRow({ runId, trialId, name, kind, digest, size }: Artifact): ArtifactRow {
  return { run_id: runId, trial_id: trialId, name, kind, digest, size };
}
