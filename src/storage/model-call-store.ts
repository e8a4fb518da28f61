import type { Timestamp } from '../domain/clock.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import type { MicroUsd } from '../domain/money.ts';
import type { ModelUsage } from '../domain/model.ts';

/** One call the gateway passed on, as the gateway counted it. */
export interface ModelCall extends ModelUsage {
  readonly id: string;
  readonly runId: RunId;
  readonly trialId: TrialId;
  readonly leaseToken: number;
  /** `provider/id`. */
  readonly model: string;
  /** HTTP status the agent got. */
  readonly status: number;
  readonly cost: MicroUsd | null;
  readonly startedAt: Timestamp;
  readonly durationMs: number;
}

/** The service's own account of what was spent on models. */
export interface ModelCallStore {
  record(call: ModelCall): Promise<void>;
  ofRun(runId: RunId): Promise<readonly ModelCall[]>;
  /** Spend of a trial over all its tries, by the gateway's count. */
  ofTrial(trialId: TrialId): Promise<readonly ModelCall[]>;
}
