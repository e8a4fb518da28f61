import * as z from 'zod';
import { parseRunId, parseTrialId } from '../../domain/ids.ts';
import type { ModelCall } from '../model-call-store.ts';
import { count, parseRow, timestamp } from './json-columns.ts';
import type { ModelCallRow } from './tables.ts';

const modelCallShape: z.ZodType<ModelCall> = z.object({
  id: z.string(),
  runId: z.string().transform(parseRunId),
  trialId: z.string().transform(parseTrialId),
  leaseToken: count,
  model: z.string(),
  status: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  cost: count.nullable(),
  startedAt: timestamp,
  durationMs: count,
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function modelCallOf(row: ModelCallRow): ModelCall {
  return parseRow({ table: 'model_calls', key: row.id }, modelCallShape, () => ({
    id: row.id,
    runId: row.run_id,
    trialId: row.trial_id,
    leaseToken: row.lease_token,
    model: row.model,
    status: row.status,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
  }));
}

export function modelCallRow(call: ModelCall): ModelCallRow {
  return {
    id: call.id,
    run_id: call.runId,
    trial_id: call.trialId,
    lease_token: call.leaseToken,
    model: call.model,
    status: call.status,
    input_tokens: call.inputTokens,
    cached_input_tokens: call.cachedInputTokens,
    output_tokens: call.outputTokens,
    cost: call.cost,
    started_at: Math.round(call.startedAt),
    duration_ms: Math.round(call.durationMs),
  };
}
