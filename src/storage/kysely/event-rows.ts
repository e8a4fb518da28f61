import * as z from 'zod';
import { parseRunId, parseTrialId } from '../../domain/ids.ts';
import { limitKinds } from '../../domain/outcome.ts';
import type { LoggedEvent, RunEvent } from '../../telemetry/events.ts';
import {
  columnJson,
  count,
  outcomeColumn,
  parseJson,
  parseRow,
  testCounts,
  timestamp,
} from './json-columns.ts';
import type { EventRow } from './tables.ts';

const text = z.string();
const type = <Name extends RunEvent['type']>(name: Name) => z.literal(name);

const runLevelEvents = [
  z.object({ type: type('run-queued'), pack: text, agent: text, trials: count, requestedBy: text }),
  z.object({ type: type('run-started') }),
  z.object({ type: type('run-cancel-requested'), by: text }),
  z.object({ type: type('run-finalizing') }),
  z.object({
    type: type('run-finished'),
    mean: z.number().nullable(),
    solved: count,
    registered: count,
  }),
  z.object({ type: type('run-cancelled'), by: text }),
] as const;

const agentActivityEvents = [
  z.object({ type: type('turn-started'), turn: count }),
  z.object({ type: type('agent-text'), text }),
  z.object({ type: type('tool-called'), callId: text, tool: text, input: text }),
  z.object({
    type: type('tool-returned'),
    callId: text,
    tool: text,
    failed: z.boolean(),
    output: text,
    durationMs: z.number(),
  }),
] as const;

const trialLevelEvents = [
  z.object({ type: type('trial-leased'), worker: text, attempt: count }),
  z.object({ type: type('trial-requeued'), reason: text }),
  z.object({ type: type('image-building'), line: text }),
  z.object({ type: type('sandbox-started'), sandboxId: text, image: text, durationMs: z.number() }),
  z.object({ type: type('agent-started'), driver: text, model: text.nullable() }),
  z.object({
    type: type('model-called'),
    model: text,
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    costMicroUsd: count.nullable(),
    status: count,
    durationMs: z.number(),
  }),
  z.object({ type: type('output-truncated'), callId: text, keptBytes: count, droppedBytes: count }),
  z.object({ type: type('limit-reached'), limit: z.enum(limitKinds) }),
  z.object({ type: type('agent-ended'), reason: text, exitCode: z.int().nullable() }),
  z.object({ type: type('sandbox-sealed'), durationMs: z.number() }),
  z.object({ type: type('verification-started') }),
  z.object({
    type: type('verification-finished'),
    reward: z.number().nullable(),
    tests: testCounts.nullable(),
    durationMs: z.number(),
  }),
  z.object({ type: type('sandbox-removed'), durationMs: z.number() }),
  z.object({ type: type('trial-finished'), outcome: outcomeColumn }),
] as const;

const eventBody: z.ZodType<RunEvent> = z.discriminatedUnion('type', [
  ...runLevelEvents,
  ...agentActivityEvents,
  ...trialLevelEvents,
]);

const loggedEventShape: z.ZodType<LoggedEvent> = z.object({
  runId: text.transform(parseRunId),
  seq: z.int().positive(),
  at: timestamp,
  trialId: text.transform(parseTrialId).nullable(),
  event: eventBody,
});

/** @throws ClawBenchError `internal` for a row that cannot be read. */
export function loggedEventOf(row: EventRow): LoggedEvent {
  return parseRow({ table: 'events', key: `${row.run_id}/${row.seq}` }, loggedEventShape, () => ({
    runId: row.run_id,
    seq: row.seq,
    at: row.at,
    trialId: row.trial_id,
    event: parseJson(row.body),
  }));
}

export function eventRow({ runId, seq, at, trialId, event }: LoggedEvent): EventRow {
  const body = columnJson('events.body', eventBody, event);
  return { run_id: runId, seq, at, trial_id: trialId, type: event.type, body };
}
