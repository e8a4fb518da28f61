import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import { ClawBenchError, errorCodes, type ErrorCode } from '../domain/errors.ts';
import type { ToolCallStore } from '../storage/tool-call-store.ts';
import type { TrialStore } from '../storage/trial-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { ToolCallKey, TrialScope } from './tool-desk.ts';

/** What run-scoped tools need of the service. */
export interface ToolCallDeps {
  readonly toolCalls: ToolCallStore;
  readonly trials: Pick<TrialStore, 'get' | 'advance'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A call as it is deduplicated: `answer` parses a stored result. */
interface ToolCall<Answer> {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly answer: z.ZodType<Answer>;
  readonly work: () => Promise<Answer>;
}

/** Calls of one agent phase that are being answered by this process. */
interface CallInFlight {
  readonly digest: string;
  readonly settled: Promise<string>;
}

/** Calls one agent may have open at once. */
const maxCallsInFlight = 16;

/** Codes whose message is about what the caller did; any other message may speak of this host and stays in the log. */
const tellableCodes: ReadonlySet<ErrorCode> = new Set([
  'invalid-input',
  'forbidden',
  'not-found',
  'conflict',
  'dedupe-conflict',
  'limit-reached',
  'timeout',
  'unsupported',
]);

const refusalSchema = z.strictObject({
  refused: z.strictObject({ code: z.enum(errorCodes), message: z.string(), hint: z.string().nullable() }),
});

/** Answers each call once: a repetition gets the first answer, at once or after it, and nothing happens twice. */
export class ToolCallLedger {
  readonly #deps: ToolCallDeps;
  readonly #phases = new WeakMap<AbortSignal, Map<string, CallInFlight>>();

  constructor(deps: ToolCallDeps) {
    this.#deps = deps;
  }

  /** Rejects as {@link ToolDesk} says. */
  async answer<Answer>(scope: TrialScope, key: ToolCallKey, call: ToolCall<Answer>): Promise<Answer> {
    assertOwnTrial(scope, key);
    if (scope.signal.aborted) throw await this.phaseOver(scope);
    const digest = digestOf(call.tool, call.arguments);
    const inFlight = this.#inFlight(scope.signal);
    const open = inFlight.get(key.clientCallId);
    if (open && open.digest !== digest) throw dedupeConflict(key.clientCallId);
    if (!open && inFlight.size >= maxCallsInFlight) throw tooManyCalls();
    const settled = open?.settled ?? this.#open(scope, key.clientCallId, { ...call, digest });
    return readAnswer(await settled, call.answer);
  }

  /** The error of a call that comes, or is still working, when the agent phase has ended; names the trial's state. */
  async phaseOver(scope: TrialScope): Promise<ClawBenchError> {
    const trial = await this.#deps.trials.get(scope.lease.trialId);
    const state = trial?.status ?? 'gone';
    return new ClawBenchError('conflict', `the agent phase of this trial is over (the trial is ${state})`, {
      hint: 'No tool works any more. Stop here: what you did before is being judged.',
    });
  }

  #inFlight(signal: AbortSignal): Map<string, CallInFlight> {
    const known = this.#phases.get(signal);
    if (known) return known;
    const fresh = new Map<string, CallInFlight>();
    this.#phases.set(signal, fresh);
    return fresh;
  }

  #open(
    scope: TrialScope,
    clientCallId: string,
    call: ToolCall<unknown> & { readonly digest: string },
  ): Promise<string> {
    const inFlight = this.#inFlight(scope.signal);
    const settled = this.#settle(scope, clientCallId, call).finally(() => inFlight.delete(clientCallId));
    inFlight.set(clientCallId, { digest: call.digest, settled });
    return settled;
  }

  async #settle(
    scope: TrialScope,
    clientCallId: string,
    call: ToolCall<unknown> & { readonly digest: string },
  ): Promise<string> {
    const { toolCalls, clock } = this.#deps;
    // A later try of the trial starts in a fresh sandbox: results of an earlier one must not answer it.
    const storedId = `${scope.lease.token}:${clientCallId}`;
    const admission = await toolCalls.begin(scope.lease, {
      clientCallId: storedId,
      tool: call.tool,
      argumentsDigest: call.digest,
      at: clock.now(),
    });
    if (admission.kind === 'replay') return admission.result;
    if (admission.kind === 'conflict') throw dedupeConflict(clientCallId);
    if (admission.kind === 'in-flight') {
      throw new ClawBenchError('conflict', `call ${clientCallId} is being answered already`, {
        hint: 'Wait for its answer, or send the same call again in a moment.',
        retryable: true,
      });
    }
    const result = await this.#perform(scope, call);
    await toolCalls.complete(scope.lease, storedId, result, clock.now());
    return result;
  }

  async #perform(scope: TrialScope, call: ToolCall<unknown>): Promise<string> {
    try {
      return JSON.stringify(await call.work());
    } catch (thrown) {
      const error = scope.signal.aborted ? await this.phaseOver(scope) : ClawBenchError.from(thrown);
      const tellable = tellableCodes.has(error.code);
      if (!tellable) {
        this.#deps.log.warn('a tool call failed', {
          runId: scope.lease.runId,
          trialId: scope.lease.trialId,
          tool: call.tool,
          code: error.code,
          error: error.message,
        });
      }
      const refused = {
        code: error.code,
        message: tellable ? error.message : 'the sandbox did not do what was asked; this is not your fault',
        hint: error.hint && tellable ? error.hint : null,
      };
      return JSON.stringify({ refused });
    }
  }
}

function readAnswer<Answer>(result: string, schema: z.ZodType<Answer>): Answer {
  const value: unknown = JSON.parse(result);
  const refusal = refusalSchema.safeParse(value);
  if (!refusal.success) return schema.parse(value);
  const { code, message, hint } = refusal.data.refused;
  throw new ClawBenchError(code, message, hint === null ? {} : { hint });
}

function assertOwnTrial(scope: TrialScope, key: ToolCallKey): void {
  const { runId, trialId } = scope.lease;
  if (key.runId.toUpperCase() === runId && key.trialId.toUpperCase() === trialId) return;
  throw new ClawBenchError('not-found', 'these tools do not serve the run and trial you named', {
    hint: `Use run_id ${runId} and trial_id ${trialId}.`,
  });
}

function dedupeConflict(clientCallId: string): ClawBenchError {
  return new ClawBenchError(
    'dedupe-conflict',
    `client_call_id "${clientCallId}" was used for another call before; nothing was done`,
    { hint: 'Choose a new client_call_id for every new call.' },
  );
}

function tooManyCalls(): ClawBenchError {
  return new ClawBenchError('limit-reached', `${maxCallsInFlight} calls of this trial are open already`, {
    hint: 'Wait for answers before you call again.',
    retryable: true,
  });
}

function digestOf(tool: string, callArguments: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(callArguments)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `sha256:${createHash('sha256')
    .update(JSON.stringify([tool, entries]))
    .digest('hex')}`;
}
