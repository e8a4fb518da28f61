import type { MicroUsd } from './money.ts';
import type { ModelSpend } from './model.ts';
import type { LimitKind } from './outcome.ts';

/** Hard limits of one trial. Absent means: the task's or the service's default applies, never "unlimited". */
export interface TrialLimits {
  /** Wall-clock milliseconds for the agent phase. */
  readonly agentTimeoutMs: number;
  readonly maxTurns: number;
  /** Input plus output tokens over all model calls of the trial. */
  readonly maxTokens: number;
  readonly maxCost: MicroUsd;
}

export const defaultTrialLimits: TrialLimits = {
  agentTimeoutMs: 600_000,
  maxTurns: 60,
  maxTokens: 2_000_000,
  maxCost: 2_000_000,
};

/**
 * Response header in which the model gateway names the limit it refused a call for, beside the vendor's own error;
 * its value is a {@link LimitKind}.
 */
export const limitHeader = 'x-clawbench-limit';

/** Which limit of money or tokens `spend` has reached, if any; an unknown price never stops a trial, tokens do. */
export function reachedLimit(
  spend: ModelSpend,
  limits: Pick<TrialLimits, 'maxCost' | 'maxTokens'>,
): LimitKind | undefined {
  if (spend.cost !== null && spend.cost >= limits.maxCost) return 'cost';
  if (spend.inputTokens + spend.outputTokens >= limits.maxTokens) return 'tokens';
  return undefined;
}
