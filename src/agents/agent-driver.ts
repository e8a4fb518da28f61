import type { Transport } from '@modelcontextprotocol/client';
import type { AgentDriverId } from '../domain/agent-identity.ts';
import type { TrialLimits } from '../domain/budget.ts';
import type { Clock, Timestamp } from '../domain/clock.ts';
import type { ModelRef } from '../domain/model.ts';
import type { LimitKind } from '../domain/outcome.ts';
import type { ArchiveFile, SandboxSession } from '../sandboxes/sandbox.ts';
import type { AgentActivityEvent } from '../telemetry/events.ts';

/** A trial's way to a model: the gateway's address and a token that is worth nothing anywhere else. */
export interface ModelAccess {
  readonly model: ModelRef;
  /** Without a trailing slash; vendors' paths (`/v1/messages`, `/v1/responses`) follow. */
  readonly baseUrl: string;
  readonly token: string;
}

/** What a driver is given for one trial, and all that it may use. */
export interface AgentContext {
  readonly runId: string;
  readonly trialId: string;
  readonly taskId: string;
  readonly instruction: string;
  readonly limits: TrialLimits;
  /** When the agent phase ends, whatever the agent is doing; drivers pass it on. */
  readonly deadline: Timestamp;
  readonly clock: Clock;
  readonly session: SandboxSession;
  /** Null for drivers that call no model. */
  readonly model: ModelAccess | null;
  /** Connects a fresh MCP client to the trial's run-scoped tools. */
  readonly tools: () => Promise<Transport>;
  /** The reference solution; only when a bench pack is being checked. */
  readonly solution: (() => Promise<readonly ArchiveFile[]>) | null;
  /** Aborted at the deadline, at a cancel and at a lost lease: stop at once and end the iteration. */
  readonly signal: AbortSignal;
}

/** Why an agent's work ended. `failed` is the agent's own doing and is graded; the other two classes are not the agent's. */
export type AgentEnding =
  | { readonly kind: 'finished'; readonly detail: string }
  | { readonly kind: 'limited'; readonly limit: LimitKind }
  | { readonly kind: 'failed'; readonly detail: string; readonly exitCode: number | null }
  | { readonly kind: 'model-unavailable'; readonly detail: string }
  | { readonly kind: 'aborted' };

/** What a driver yields: activity while it happens, and exactly one `agent-end`, last. */
export type AgentEvent =
  | AgentActivityEvent
  | { readonly type: 'agent-end'; readonly ending: AgentEnding; readonly turns: number };

/** Port of an agent family member. */
export interface AgentDriver {
  readonly id: AgentDriverId;
  /** Whether it calls a model through the gateway. */
  readonly needsModel: boolean;
  /**
   * Runs the agent to its end. Yields as things happen; the last value is the only `agent-end`.
   * Throws ClawBenchError `unavailable` only when the sandbox broke; everything else is an ending.
   */
  run(context: AgentContext): AsyncIterable<AgentEvent>;
}
