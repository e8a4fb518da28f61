import type { Timestamp } from '../domain/clock.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import type { LimitKind, Outcome, TestCounts } from '../domain/outcome.ts';

/** What happens to a run as a whole. */
export type RunLevelEvent =
  | {
      readonly type: 'run-queued';
      readonly pack: string;
      readonly agent: string;
      readonly trials: number;
      readonly requestedBy: string;
    }
  | { readonly type: 'run-started' }
  | { readonly type: 'run-cancel-requested'; readonly by: string }
  | { readonly type: 'run-finalizing' }
  | {
      readonly type: 'run-finished';
      readonly mean: number | null;
      readonly solved: number;
      readonly registered: number;
    }
  | { readonly type: 'run-cancelled'; readonly by: string };

/** What an agent does, as its driver saw it. Text and previews are untrusted and bounded by the driver. */
export type AgentActivityEvent =
  | { readonly type: 'turn-started'; readonly turn: number }
  | { readonly type: 'agent-text'; readonly text: string }
  | { readonly type: 'tool-called'; readonly callId: string; readonly tool: string; readonly input: string }
  | {
      readonly type: 'tool-returned';
      readonly callId: string;
      readonly tool: string;
      readonly failed: boolean;
      readonly output: string;
      readonly durationMs: number;
    };

/** What happens to one trial, in the order of the types. */
export type TrialLevelEvent =
  | { readonly type: 'trial-leased'; readonly worker: string; readonly attempt: number }
  | { readonly type: 'trial-requeued'; readonly reason: string }
  | { readonly type: 'image-building'; readonly line: string }
  | {
      readonly type: 'sandbox-started';
      readonly sandboxId: string;
      readonly image: string;
      readonly durationMs: number;
    }
  | { readonly type: 'agent-started'; readonly driver: string; readonly model: string | null }
  | AgentActivityEvent
  | {
      readonly type: 'model-called';
      readonly model: string;
      readonly inputTokens: number;
      readonly cachedInputTokens: number;
      readonly outputTokens: number;
      readonly costMicroUsd: number | null;
      readonly status: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'output-truncated';
      readonly callId: string;
      readonly keptBytes: number;
      readonly droppedBytes: number;
    }
  | { readonly type: 'limit-reached'; readonly limit: LimitKind }
  | { readonly type: 'agent-ended'; readonly reason: string; readonly exitCode: number | null }
  | { readonly type: 'sandbox-sealed'; readonly durationMs: number }
  | { readonly type: 'verification-started' }
  | {
      readonly type: 'verification-finished';
      readonly reward: number | null;
      readonly tests: TestCounts | null;
      readonly durationMs: number;
    }
  | { readonly type: 'sandbox-removed'; readonly durationMs: number }
  | { readonly type: 'trial-finished'; readonly outcome: Outcome };

/** Every fact of a run's event log: the one list that storage, SSE, the run page, the comment and the trace share. */
export type RunEvent = RunLevelEvent | TrialLevelEvent;

export type RunEventType = RunEvent['type'];

/** An event as the log keeps it; `seq` counts from 1 within its run without gaps, and is the order everywhere. */
export interface LoggedEvent {
  readonly runId: RunId;
  readonly seq: number;
  readonly at: Timestamp;
  /** Null for events of the run as a whole. */
  readonly trialId: TrialId | null;
  readonly event: RunEvent;
}
