import type { Timestamp } from '../domain/clock.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import type { Lease } from '../domain/lease.ts';
import type { ModelSpend } from '../domain/model.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Run } from '../domain/run.ts';
import type { Trial, TrialSandbox, TrialStatus } from '../domain/trial.ts';
import type { TrialLevelEvent } from '../telemetry/events.ts';

export interface ClaimRequest {
  readonly workerId: string;
  readonly now: Timestamp;
  /** Milliseconds until the lease ends without a heartbeat. */
  readonly ttlMs: number;
}

/** A claimed trial, its run and the right to write about it. */
export interface Claim {
  readonly lease: Lease;
  readonly trial: Trial;
  readonly run: Run;
}

/** Facts a held trial gains on its way. */
export interface TrialPatch {
  readonly sandbox?: TrialSandbox;
  readonly turns?: number;
  readonly spend?: ModelSpend;
}

/** `lost`: somebody else holds the trial now, or nobody; stop and touch nothing. */
export type HeartbeatResult =
  | { readonly kind: 'renewed'; readonly lease: Lease; readonly cancelRequestedBy: string | null }
  | { readonly kind: 'lost' };

/** What became of a trial whose lease ran out. */
export interface ExpiredTrial {
  readonly trialId: TrialId;
  readonly runId: RunId;
  readonly became: Extract<TrialStatus, 'queued' | 'faulted' | 'cancelled'>;
}

/**
 * Trials. Each method is one transaction; those that take a Lease are fenced:
 * they throw ClawBenchError `lease-lost` and change nothing unless the lease is the trial's newest, whatever the clock says.
 */
export interface TrialStore {
  /** The oldest queued trial of a live, uncancelled run, moved to `leased`; undefined when there is none. Never the same trial twice at once. */
  claim(request: ClaimRequest): Promise<Claim | undefined>;
  /** Renews a lease. Never throws `lease-lost`: losing it is one of the results. */
  heartbeat(lease: Lease, now: Timestamp, ttlMs: number): Promise<HeartbeatResult>;
  /**
   * Moves a held trial on (`preparing`, `running`, `verifying`), or keeps its status when `to` is undefined, records the
   * patch and appends the events.
   * @throws ClawBenchError `conflict` for a move the table does not have.
   */
  advance(
    lease: Lease,
    to: TrialStatus | undefined,
    patch: TrialPatch,
    events: readonly StampedTrialEvent[],
  ): Promise<void>;
  /** Writes the outcome, once, and ends the lease. Appends `trial-finished` after `events`. @throws ClawBenchError `conflict` as `advance` does. */
  finish(
    lease: Lease,
    outcome: Outcome,
    ending: {
      readonly at: Timestamp;
      readonly patch: TrialPatch;
      readonly events: readonly StampedTrialEvent[];
    },
  ): Promise<void>;
  /**
   * Gives a trial back unfinished, for a graceful stop: queued again, and this try does not count.
   * `cancelled` when the run is to be cancelled, since nobody would claim it.
   */
  release(lease: Lease, at: Timestamp, reason: string): Promise<void>;
  /**
   * Ends leases that ran out: queued again while `tries` < `maxTries`, `cancelled` when the run is to be cancelled,
   * else `faulted` (class `service`); each with its event, in a transaction of its own.
   */
  expire(now: Timestamp, maxTries: number): Promise<readonly ExpiredTrial[]>;
  /**
   * Lets the leases of workers that are known to have died run out at `now` instead of later; `expire` then ends them.
   * A worker that lives after all only loses its leases. Resolves to how many it were.
   */
  abandon(isDead: (workerId: string) => boolean, now: Timestamp): Promise<number>;
  get(id: TrialId): Promise<Trial | undefined>;
  /** In order of task and repetition. */
  ofRun(runId: RunId): Promise<readonly Trial[]>;
  /** Whether this lease is still the trial's newest. For the sweep: a sandbox whose lease is not may be removed. */
  isCurrent(trialId: TrialId, token: number): Promise<boolean>;
}

export interface StampedTrialEvent {
  readonly at: Timestamp;
  readonly event: TrialLevelEvent;
}
