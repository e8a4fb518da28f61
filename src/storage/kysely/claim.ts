import type { Transaction } from 'kysely';
import { Lease } from '../../domain/lease.ts';
import { liveRunStatuses } from '../../domain/run.ts';
import type { Claim, ClaimRequest } from '../trial-store.ts';
import type { SqlDatabase } from './database.ts';
import { appendEvents } from './event-log.ts';
import { runOf } from './run-rows.ts';
import type { Tables, TrialRow } from './tables.ts';
import { endTrial } from './trial-endings.ts';
import { trialOf } from './trial-rows.ts';

/**
 * Claims the oldest queued trial no other transaction is claiming; undefined when there is none. `cancelled` when that
 * trial's run was cancelled meanwhile, so that the trial ended instead: ask again.
 */
export async function claimTrial(
  database: SqlDatabase,
  transaction: Transaction<Tables>,
  request: ClaimRequest,
): Promise<Claim | 'cancelled' | undefined> {
  const oldest = transaction
    .selectFrom('trials')
    .innerJoin('runs', 'runs.id', 'trials.run_id')
    .selectAll('trials')
    .where('trials.status', '=', 'queued')
    .where('runs.status', 'in', [...liveRunStatuses])
    .orderBy('trials.run_id')
    .orderBy('trials.position')
    .limit(1);
  const queued = await database.locking(oldest, 'skip-locked', 'trials').executeTakeFirst();
  if (!queued) return undefined;
  const row = await lease(transaction, queued, request);
  const trial = trialOf(row);
  const { workerId, now, ttlMs } = request;
  // The run last: every other writer of the run waits from here on.
  const run = await appendEvents(transaction, trial.runId, [
    { at: now, trialId: trial.id, event: { type: 'trial-leased', worker: workerId, attempt: trial.tries } },
  ]);
  if (run.cancelled_by !== null) {
    const outcome = { kind: 'cancelled', by: run.cancelled_by } as const;
    await endTrial(transaction, row, outcome, { at: now, lease: 'released' });
    return 'cancelled';
  }
  const granted = { trialId: trial.id, runId: trial.runId, workerId, token: row.lease_token };
  return { lease: Lease.grant({ ...granted, expiresAt: now + ttlMs }), trial, run: runOf(run) };
}

/** Makes the worker the trial's holder, under the next token. */
async function lease(
  transaction: Transaction<Tables>,
  { id, tries, lease_token: lastToken, started_at: startedAt }: TrialRow,
  { workerId, now, ttlMs }: ClaimRequest,
): Promise<TrialRow> {
  const token = lastToken + 1;
  await transaction
    .insertInto('leases')
    .values({ trial_id: id, token, worker_id: workerId, granted_at: now, ended_at: null, ending: null })
    .execute();
  return transaction
    .updateTable('trials')
    .set({
      status: 'leased',
      tries: tries + 1,
      lease_token: token,
      lease_expires_at: now + ttlMs,
      sandbox: null,
      turns: 0,
      started_at: startedAt ?? now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
