import * as z from 'zod';
import { parseRunId, parseTrialId } from '../../domain/ids.ts';
import { noSpend } from '../../domain/model.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { type Trial, trialStatuses } from '../../domain/trial.ts';
import type { NewRun, NewTrial } from '../run-store.ts';
import type { TrialPatch } from '../trial-store.ts';
import {
  columnJson,
  count,
  outcomeColumn,
  parseJson,
  parseRow,
  sandboxColumn,
  spendColumn,
  timestamp,
} from './json-columns.ts';
import type { TrialRow } from './tables.ts';

const trialShape: z.ZodType<Trial> = z.object({
  id: z.string().transform(parseTrialId),
  runId: z.string().transform(parseRunId),
  taskId: z.string(),
  taskDigest: z.string(),
  repetition: z.int().positive(),
  status: z.enum(trialStatuses),
  tries: count,
  sandbox: sandboxColumn.nullable(),
  turns: count,
  spend: spendColumn,
  outcome: outcomeColumn.nullable(),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function trialOf(row: TrialRow): Trial {
  return parseRow({ table: 'trials', key: row.id }, trialShape, () => ({
    id: row.id,
    runId: row.run_id,
    taskId: row.task_id,
    taskDigest: row.task_digest,
    repetition: row.repetition,
    status: row.status,
    tries: row.tries,
    sandbox: parseJson(row.sandbox),
    turns: row.turns,
    spend: parseJson(row.spend),
    outcome: parseJson(row.outcome),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}

export function trialRow(run: NewRun, trial: NewTrial, position: number): TrialRow {
  return {
    id: trial.id,
    run_id: run.id,
    position,
    task_id: trial.taskId,
    task_digest: trial.taskDigest,
    repetition: trial.repetition,
    status: 'queued',
    tries: 0,
    lease_token: 0,
    lease_expires_at: null,
    turns: 0,
    created_at: run.createdAt,
    started_at: null,
    finished_at: null,
    sandbox: null,
    spend: JSON.stringify(noSpend),
    outcome: null,
  };
}

export function trialColumns(patch: TrialPatch): Partial<TrialRow> {
  return {
    ...(patch.sandbox !== undefined && {
      sandbox: columnJson('trials.sandbox', sandboxColumn, patch.sandbox),
    }),
    ...(patch.turns !== undefined && { turns: patch.turns }),
    ...(patch.spend !== undefined && { spend: columnJson('trials.spend', spendColumn, patch.spend) }),
  };
}

export function outcomeJson(outcome: Outcome): string {
  return columnJson('trials.outcome', outcomeColumn, outcome);
}
