import type { Timestamp } from './clock.ts';
import type { RunId, TrialId } from './ids.ts';

/** How long a claim lasts without a heartbeat, and how often a worker sends one. Milliseconds. */
export const leaseTtlMs = 45_000;
export const heartbeatIntervalMs = 15_000;
/** Claims of one trial before it is given up as a fault of the service. */
export const maxTries = 3;

interface LeaseFacts {
  readonly trialId: TrialId;
  readonly runId: RunId;
  readonly workerId: string;
  /** Fencing token: grows with every claim of the trial; a write with an older one is refused. */
  readonly token: number;
  readonly expiresAt: Timestamp;
}

/**
 * The right to write about one trial. Only a trial store's `claim` grants one,
 * so a function that takes a Lease cannot be called by code that holds no claim.
 */
export class Lease implements LeaseFacts {
  readonly trialId: TrialId;
  readonly runId: RunId;
  readonly workerId: string;
  readonly token: number;
  readonly expiresAt: Timestamp;

  private constructor(facts: LeaseFacts) {
    this.trialId = facts.trialId;
    this.runId = facts.runId;
    this.workerId = facts.workerId;
    this.token = facts.token;
    this.expiresAt = facts.expiresAt;
    Object.freeze(this);
  }

  /** For trial stores only, inside the transaction that recorded the claim. */
  static grant(facts: LeaseFacts): Lease {
    return new Lease(facts);
  }
}
