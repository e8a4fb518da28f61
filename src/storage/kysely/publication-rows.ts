import * as z from 'zod';
import { parseRunId } from '../../domain/ids.ts';
import type { Publication } from '../publication-store.ts';
import { parseRow, timestamp } from './json-columns.ts';
import type { PublicationRow } from './tables.ts';

const publicationShape: z.ZodType<Publication> = z.object({
  kind: z.enum(['comment', 'check']),
  place: z.string(),
  benchmark: z.string(),
  remoteId: z.int().nullable(),
  runId: z.string().transform(parseRunId),
  contentDigest: z.string().nullable(),
  settled: z.boolean(),
  updatedAt: timestamp,
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function publicationOf(row: PublicationRow): Publication {
  const key = `${row.kind} ${row.place} ${row.benchmark}`;
  return parseRow({ table: 'publications', key }, publicationShape, () => ({
    kind: row.kind,
    place: row.place,
    benchmark: row.benchmark,
    remoteId: row.remote_id,
    runId: row.run_id,
    contentDigest: row.content_digest,
    settled: row.settled === 1,
    updatedAt: row.updated_at,
  }));
}

export function publicationRow(publication: Publication): PublicationRow {
  return {
    kind: publication.kind,
    place: publication.place,
    benchmark: publication.benchmark,
    remote_id: publication.remoteId,
    run_id: publication.runId,
    content_digest: publication.contentDigest,
    settled: publication.settled ? 1 : 0,
    updated_at: publication.updatedAt,
  };
}
