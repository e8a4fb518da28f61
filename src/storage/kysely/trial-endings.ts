import type { Transaction } from 'kysely';
import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { canTrialMove, statusOfOutcome, type TrialStatus } from '../../domain/trial.ts';
import type { StampedTrialEvent, TrialPatch } from '../trial-store.ts';
import { appendEvents } from './event-log.ts';
import type { LeaseEnding, Tables, TrialRow } from './tables.ts';
import { outcomeJson, trialColumns, trialOf } from './trial-rows.ts';

/** @throws ClawBenchError `conflict` for a move the table does not have. */
export function assertTrialMove(from: TrialStatus, to: TrialStatus): void {
  if (!canTrialMove(from, to)) {
    throw new ClawBenchError('conflict', `a trial cannot go from ${from} to ${to}`);
  }
}

/** When and why a trial stops being held; what else is written with it. */
interface Ending {
  readonly at: Timestamp;
  /** How the lease ended, for a trial that was held. */
  readonly lease?: LeaseEnding;
  readonly patch?: TrialPatch;
  /** Told before the ending itself. */
  readonly events?: readonly StampedTrialEvent[];
}

/** Writes the outcome of a trial this transaction has locked, ends its lease, and tells. */
export async function endTrial(
  transaction: Transaction<Tables>,
  row: TrialRow,
  outcome: Outcome,
  { at, lease, patch = {}, events = [] }: Ending,
): Promise<void> {
  const { id, runId, status } = trialOf(row);
  const to = statusOfOutcome(outcome);
  assertTrialMove(status, to);
  await transaction
    .updateTable('trials')
    .set({
      ...trialColumns(patch),
      status: to,
      outcome: outcomeJson(outcome),
      finished_at: at,
      lease_expires_at: null,
    })
    .where('id', '=', id)
    .execute();
  if (lease) await endLease(transaction, row, lease, at);
  const ending: StampedTrialEvent = { at, event: { type: 'trial-finished', outcome } };
  await appendEvents(
    transaction,
    runId,
    [...events, ending].map((event) => ({ ...event, trialId: id })),
  );
}

/** Puts a held trial this transaction has locked back into the queue, and tells. */
export async function requeueTrial(
  transaction: Transaction<Tables>,
  row: TrialRow,
  { at, lease, reason, tries }: { at: Timestamp; lease: LeaseEnding; reason: string; tries: number },
): Promise<void> {
  const { id, runId, status } = trialOf(row);
  assertTrialMove(status, 'queued');
  await transaction
    .updateTable('trials')
    .set({ status: 'queued', tries, lease_expires_at: null })
    .where('id', '=', id)
    .execute();
  await endLease(transaction, row, lease, at);
  await appendEvents(transaction, runId, [{ at, trialId: id, event: { type: 'trial-requeued', reason } }]);
}

async function endLease(
  transaction: Transaction<Tables>,
  { id, lease_token: token }: TrialRow,
  ending: LeaseEnding,
  at: Timestamp,
): Promise<void> {
  await transaction
    .updateTable('leases')
    .set({ ended_at: at, ending })
    .where('trial_id', '=', id)
    .where('token', '=', token)
    .execute();
}
