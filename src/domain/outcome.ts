/** What can end an agent's work before it was done. */
export const limitKinds = ['wall-time', 'turns', 'tokens', 'cost', 'output'] as const;

export type LimitKind = (typeof limitKinds)[number];

/** Whose fault it is that a trial has no reward; never the agent's. */
export const faultClasses = ['sandbox', 'image', 'model-provider', 'task', 'verifier', 'service'] as const;

export type FaultClass = (typeof faultClasses)[number];

/** Counts from a CTRF report; `total` = passed + failed + other. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly other: number;
}

/**
 * How a trial ended. A failed task is `graded` with reward 0; a fault is ours or the task's, and has no reward.
 * `limited` is graded too: the verifier judged what was there when the limit was reached.
 */
export type Outcome =
  | { readonly kind: 'graded'; readonly reward: number; readonly tests: TestCounts | null }
  | {
      readonly kind: 'limited';
      readonly limit: LimitKind;
      readonly reward: number;
      readonly tests: TestCounts | null;
    }
  | { readonly kind: 'cancelled'; readonly by: string }
  | { readonly kind: 'faulted'; readonly fault: FaultClass; readonly message: string };

/** The reward in [0,1], or null where nothing was graded. */
export function rewardOf(outcome: Outcome): number | null {
  return outcome.kind === 'graded' || outcome.kind === 'limited' ? outcome.reward : null;
}

/** A task counts as solved at the full reward only. */
export function isSolved(outcome: Outcome): boolean {
  return rewardOf(outcome) === 1;
}
