import { z } from 'zod';
import { faultClasses, limitKinds } from '../domain/outcome.ts';

const proportion = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** Tokens and money of one or many model calls. */
export const spendDocumentSchema = z.strictObject({
  calls: count,
  inputTokens: count.describe('includes the cached ones'),
  cachedInputTokens: count,
  outputTokens: count,
  costMicroUsd: count.nullable().describe('millionths of a US dollar; null when no price is known'),
});

export const testCountsDocumentSchema = z.strictObject({ passed: count, failed: count, other: count });

/** How a trial ended; only `graded` and `limited` carry a reward. */
export const outcomeDocumentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('graded'),
    reward: proportion,
    tests: testCountsDocumentSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal('limited'),
    limit: z.enum(limitKinds),
    reward: proportion,
    tests: testCountsDocumentSchema.nullable(),
  }),
  z.strictObject({ kind: z.literal('cancelled'), by: z.string() }),
  z.strictObject({ kind: z.literal('faulted'), fault: z.enum(faultClasses), message: z.string() }),
]);

/** What a finalized run says. */
export const resultDocumentSchema = z.strictObject({
  score: z.strictObject({
    mean: proportion.nullable(),
    interval: z
      .strictObject({
        low: proportion,
        high: proportion,
        level: z.literal(0.95),
        method: z.enum(['wilson', 'clopper-pearson', 'wilson-clustered']),
      })
      .nullable(),
  }),
  counts: z.strictObject({
    registered: count,
    solved: count,
    unsolved: count,
    faulted: count,
    cancelled: count,
  }),
  spend: spendDocumentSchema,
  durationMs: z.number().nonnegative().nullable(),
  eligibility: z.strictObject({
    eligible: z.boolean(),
    gates: z.array(
      z.strictObject({
        id: z.string(),
        status: z.enum(['pass', 'fail', 'unevaluable']),
        reason: z.string(),
      }),
    ),
  }),
  digest: z.string(),
});

export type SpendDocument = z.infer<typeof spendDocumentSchema>;
export type OutcomeDocument = z.infer<typeof outcomeDocumentSchema>;
export type ResultDocument = z.infer<typeof resultDocumentSchema>;
