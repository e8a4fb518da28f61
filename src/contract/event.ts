import { z } from 'zod';
import { limitKinds } from '../domain/outcome.ts';
import { outcomeDocumentSchema, testCountsDocumentSchema } from './result.ts';
import { idSchema } from './run.ts';

const count = z.number().nonnegative();
const milliseconds = count;

function eventOf<const Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), ...shape });
}

const runEvents = [
  eventOf('run-queued', {
    pack: z.string(),
    agent: z.string(),
    trials: count,
    requestedBy: z.string(),
  }),
  eventOf('run-started', {}),
  eventOf('run-cancel-requested', { by: z.string() }),
  eventOf('run-finalizing', {}),
  eventOf('run-finished', { mean: z.number().nullable(), solved: count, registered: count }),
  eventOf('run-cancelled', { by: z.string() }),
] as const;

const agentEvents = [
  eventOf('turn-started', { turn: count }),
  eventOf('agent-text', { text: z.string() }),
  eventOf('tool-called', { callId: z.string(), tool: z.string(), input: z.string() }),
  eventOf('tool-returned', {
    callId: z.string(),
    tool: z.string(),
    failed: z.boolean(),
    output: z.string(),
    durationMs: milliseconds,
  }),
] as const;

const trialEvents = [
  eventOf('trial-leased', { worker: z.string(), attempt: count }),
  eventOf('trial-requeued', { reason: z.string() }),
  eventOf('image-building', { line: z.string() }),
  eventOf('sandbox-started', { sandboxId: z.string(), image: z.string(), durationMs: milliseconds }),
  eventOf('agent-started', { driver: z.string(), model: z.string().nullable() }),
  eventOf('model-called', {
    model: z.string(),
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    costMicroUsd: count.nullable(),
    status: z.number(),
    durationMs: milliseconds,
  }),
  eventOf('output-truncated', { callId: z.string(), keptBytes: count, droppedBytes: count }),
  eventOf('limit-reached', { limit: z.enum(limitKinds) }),
  eventOf('agent-ended', { reason: z.string(), exitCode: z.number().nullable() }),
  eventOf('sandbox-sealed', { durationMs: milliseconds }),
  eventOf('verification-started', {}),
  eventOf('verification-finished', {
    reward: z.number().nullable(),
    tests: testCountsDocumentSchema.nullable(),
    durationMs: milliseconds,
  }),
  eventOf('sandbox-removed', { durationMs: milliseconds }),
  eventOf('trial-finished', { outcome: outcomeDocumentSchema }),
] as const;

/** One fact of a run's log. `seq` counts from 1 without gaps and is the order everywhere. */
export const eventDocumentSchema = z.strictObject({
  runId: idSchema,
  seq: z.int().positive(),
  at: z.iso.datetime(),
  trialId: idSchema.nullable().describe('null for events of the run as a whole'),
  event: z.discriminatedUnion('type', [...runEvents, ...agentEvents, ...trialEvents]),
});

export type EventDocument = z.infer<typeof eventDocumentSchema>;
