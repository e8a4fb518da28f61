import * as z from 'zod';
import { parseRunId } from '../../domain/ids.ts';
import { type Run, runStatuses } from '../../domain/run.ts';
import { formatThread, parseThread } from '../../domain/thread.ts';
import type { NewRun, RunPatch } from '../run-store.ts';
import { columnJson, parseJson, parseRow, resultColumn, specColumn, timestamp } from './json-columns.ts';
import type { RunRow } from './tables.ts';

const runShape: z.ZodType<Run> = z.object({
  id: z.string().transform(parseRunId),
  status: z.enum(runStatuses),
  spec: specColumn,
  origin: z.object({
    kind: z.enum(['github', 'api', 'cli', 'instrument']),
    key: z.string(),
    requestedBy: z.string(),
    thread: z.string().transform(parseThread).nullable(),
    headSha: z.string().nullable(),
    installationId: z.int().nullable(),
  }),
  cancelRequest: z.object({ by: z.string(), at: timestamp }).nullable(),
  result: resultColumn.nullable(),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function runOf(row: RunRow): Run {
  return parseRow({ table: 'runs', key: row.id }, runShape, () => ({
    id: row.id,
    status: row.status,
    spec: parseJson(row.spec),
    origin: {
      kind: row.origin_kind,
      key: row.origin_key,
      requestedBy: row.requested_by,
      thread: row.thread,
      headSha: row.head_sha,
      installationId: row.installation_id,
    },
    cancelRequest: row.cancelled_by === null ? null : { by: row.cancelled_by, at: row.cancelled_at },
    result: parseJson(row.result),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}

export function runRow({ id, spec, origin, createdAt }: NewRun): RunRow {
  return {
    id,
    status: 'queued',
    lane: spec.lane,
    benchmark: spec.pack.benchmark,
    origin_kind: origin.kind,
    origin_key: origin.key,
    requested_by: origin.requestedBy,
    thread: origin.thread && formatThread(origin.thread),
    head_sha: origin.headSha,
    installation_id: origin.installationId,
    cancelled_by: null,
    cancelled_at: null,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    last_seq: 0,
    spec: columnJson('runs.spec', specColumn, spec),
    result: null,
  };
}

export function runColumns(patch: RunPatch): Partial<RunRow> {
  return {
    ...(patch.startedAt !== undefined && { started_at: patch.startedAt }),
    ...(patch.finishedAt !== undefined && { finished_at: patch.finishedAt }),
    ...(patch.result !== undefined && { result: columnJson('runs.result', resultColumn, patch.result) }),
  };
}
