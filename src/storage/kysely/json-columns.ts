import * as z from 'zod';
import { agentDriverIds } from '../../domain/agent-identity.ts';
import { benchmarkIds } from '../../domain/benchmark.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { modelProviderIds, type ModelSpend } from '../../domain/model.ts';
import { faultClasses, limitKinds, type Outcome, type TestCounts } from '../../domain/outcome.ts';
import type { RunResult } from '../../domain/run-result.ts';
import { lanes, type RunSpec } from '../../domain/run.ts';
import type { TrialSandbox } from '../../domain/trial.ts';

/** A whole number, from 0. */
export const count = z.int().nonnegative();
/** Milliseconds since the epoch. */
export const timestamp = z.int();

export const spendColumn: z.ZodType<ModelSpend> = z.object({
  calls: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  cost: count.nullable(),
});

export const sandboxColumn: z.ZodType<TrialSandbox> = z.object({
  provider: z.string(),
  id: z.string(),
  image: z.string(),
  imageDigest: z.string(),
});

export const testCounts: z.ZodType<TestCounts> = z.object({ passed: count, failed: count, other: count });

const reward = z.number().min(0).max(1);

export const outcomeColumn: z.ZodType<Outcome> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('graded'), reward, tests: testCounts.nullable() }),
  z.object({
    kind: z.literal('limited'),
    limit: z.enum(limitKinds),
    reward,
    tests: testCounts.nullable(),
  }),
  z.object({ kind: z.literal('cancelled'), by: z.string() }),
  z.object({ kind: z.literal('faulted'), fault: z.enum(faultClasses), message: z.string() }),
]);

export const specColumn: z.ZodType<RunSpec> = z.object({
  pack: z.object({ benchmark: z.enum(benchmarkIds), version: z.string(), digest: z.string() }),
  taskIds: z.array(z.string()),
  agent: z.object({
    name: z.string(),
    driver: z.enum(agentDriverIds),
    model: z.object({ provider: z.enum(modelProviderIds), id: z.string() }).nullable(),
  }),
  trialsPerTask: count,
  limits: z.object({ agentTimeoutMs: count, maxTurns: count, maxTokens: count, maxCost: count }),
  lane: z.enum(lanes),
  priceTable: z.string(),
});

export const resultColumn: z.ZodType<RunResult> = z.object({
  score: z.object({
    mean: z.number().nullable(),
    interval: z
      .object({
        low: z.number(),
        high: z.number(),
        level: z.literal(0.95),
        method: z.enum(['wilson', 'clopper-pearson', 'wilson-clustered']),
      })
      .nullable(),
  }),
  counts: z.object({ registered: count, solved: count, unsolved: count, faulted: count, cancelled: count }),
  spend: spendColumn,
  durationMs: count.nullable(),
  eligibility: z.object({
    eligible: z.boolean(),
    gates: z.array(
      z.object({ id: z.string(), status: z.enum(['pass', 'fail', 'unevaluable']), reason: z.string() }),
    ),
  }),
  digest: z.string(),
});

/** A JSON column's value; null stays null. @throws SyntaxError, which {@link parseRow} turns into its own error. */
export function parseJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/**
 * A value as JSON for its column, checked the way it will be read, so that no fault elsewhere leaves a row nobody can read.
 * @throws ClawBenchError `internal` when it does not fit.
 */
export function columnJson<Value>(column: string, shape: z.ZodType<Value>, value: Value): string {
  const checked = shape.safeParse(value);
  if (checked.success) return JSON.stringify(checked.data);
  throw new ClawBenchError('internal', `${column} cannot be stored: ${z.prettifyError(checked.error)}`, {
    hint: 'Report this as a fault.',
  });
}

/**
 * What a row says, in the domain's words.
 * @throws ClawBenchError `internal` naming the row, when it does not fit: a fault of ours or a hand at the database.
 */
export function parseRow<Value>(
  row: { readonly table: string; readonly key: string },
  shape: z.ZodType<Value>,
  read: () => unknown,
): Value {
  try {
    return shape.parse(read());
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : 'it does not parse';
    throw new ClawBenchError('internal', `row ${row.key} of ${row.table} cannot be read: ${reason}`, {
      hint: 'The database holds something this version did not write; restore it or report this as a fault.',
      cause: error,
    });
  }
}
