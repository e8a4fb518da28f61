import type { ModelSpend } from './model.ts';

/** A proportion with its 95 % interval, all in [0,1]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: 0.95;
  readonly method: 'wilson' | 'clopper-pearson' | 'wilson-clustered';
}

/** Mean reward over graded trials; null interval when nothing was graded. */
export interface Score {
  readonly mean: number | null;
  readonly interval: Interval | null;
}

/** How many trials ended how; they add up to `registered`. */
export interface TrialCounts {
  readonly registered: number;
  readonly solved: number;
  /** Graded or limited with a reward below 1. */
  readonly unsolved: number;
  readonly faulted: number;
  readonly cancelled: number;
}

/** Result of one publication gate: a gate that cannot be evaluated does not pass. */
export interface GateResult {
  readonly id: string;
  readonly status: 'pass' | 'fail' | 'unevaluable';
  readonly reason: string;
}

/** Whether a run may go on a leaderboard; eligible means every gate passed. */
export interface Eligibility {
  readonly eligible: boolean;
  readonly gates: readonly GateResult[];
}

/** What a finalized run says; immutable, and recomputable from its trials. */
export interface RunResult {
  readonly score: Score;
  readonly counts: TrialCounts;
  readonly spend: ModelSpend;
  /** Milliseconds from the first claim to the last trial's end; null when nothing was claimed. */
  readonly durationMs: number | null;
  readonly eligibility: Eligibility;
  /** `sha256:` over the canonical JSON of the trials' outcomes. */
  readonly digest: string;
}
