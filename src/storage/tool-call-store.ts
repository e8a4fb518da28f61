import type { Timestamp } from '../domain/clock.ts';
import type { Lease } from '../domain/lease.ts';

/**
 * One call of a run-scoped tool. `clientCallId` is the caller's; equal ids under one lease are the same call.
 * A later try has a fresh sandbox, so nothing of an earlier one is replayed to it.
 */
export interface ToolCallStart {
  readonly clientCallId: string;
  readonly tool: string;
  /** `sha256:` over the canonical JSON of the arguments. */
  readonly argumentsDigest: string;
  readonly at: Timestamp;
}

/** In UTF-8. */
export const maxToolResultBytes = 1024 * 1024;

export type ToolCallAdmission =
  | { readonly kind: 'admitted' }
  /** The same call was answered before: give this result again, do nothing. */
  | { readonly kind: 'replay'; readonly result: string }
  /** The same call is being answered by another request right now. */
  | { readonly kind: 'in-flight' }
  /** The id was used for another tool or other arguments. */
  | { readonly kind: 'conflict' };

/** Run-scoped tool calls, for dedupe and for the trace. Fenced like trials. */
export interface ToolCallStore {
  /** Records the call unless its id is known. Of two at once exactly one is `admitted`. */
  begin(lease: Lease, call: ToolCallStart): Promise<ToolCallAdmission>;
  /**
   * Stores the result (JSON) for replays; the first result of a call stays.
   * @throws ClawBenchError `not-found` for a call that did not begin, `limit-reached` over {@link maxToolResultBytes}.
   */
  complete(lease: Lease, clientCallId: string, result: string, at: Timestamp): Promise<void>;
}
