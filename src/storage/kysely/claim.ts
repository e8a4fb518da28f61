import type { Transaction } from 'kysely';
import { Lease } from '../../domain/lease.ts';
import { liveRunStatuses } from '../../domain/run.ts';
import type { Claim, ClaimRequest } from '../trial-store.ts';
import type { SqlDatabase } from './database.ts';
import { appendEvents } from './event-log.ts';
import { lockCancelRequest } from './fencing.ts';
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
  const row = await database.locking(oldest, 'skip-locked', 'trials').executeTakeFirst();
  if (!row) return undefined;
  const by = await lockCancelRequest(database, transaction, row.run_id);
  if (by !== null) {
    await endTrial(transaction, row, { kind: 'cancelled', by }, { at: request.now });
    return 'cancelled';
  }
  return grant(transaction, row, request);
}

async function grant(
  transaction: Transaction<Tables>,
  { id, tries, lease_token: lastToken, started_at: startedAt }: TrialRow,
  { workerId, now, ttlMs }: ClaimRequest,
): Promise<Claim> {
  const token = lastToken + 1;
  const expiresAt = now + ttlMs;
  const row = await transaction
    .updateTable('trials')
    .set({
      status: 'leased',
      tries: tries + 1,
      lease_token: token,
      lease_expires_at: expiresAt,
      sandbox: null,
      turns: 0,
      started_at: startedAt ?? now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await transaction
    .insertInto('leases')
    .values({ trial_id: id, token, worker_id: workerId, granted_at: now, ended_at: null, ending: null })
    .execute();
  const trial = trialOf(row);
  const runRow = await transaction
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', trial.runId)
    .executeTakeFirstOrThrow();
  await appendEvents(transaction, trial.runId, [
    { at: now, trialId: trial.id, event: { type: 'trial-leased', worker: workerId, attempt: trial.tries } },
  ]);
  const lease = Lease.grant({ trialId: trial.id, runId: trial.runId, workerId, token, expiresAt });
  return { lease, trial, run: runOf(runRow) };
}
