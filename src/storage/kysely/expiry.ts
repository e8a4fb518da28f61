import type { Kysely, Transaction } from 'kysely';
import type { Timestamp } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { ExpiredTrial } from '../trial-store.ts';
import type { SqlDatabase } from './database.ts';
import { lockCancelRequest } from './fencing.ts';
import type { Tables, TrialRow } from './tables.ts';
import { endTrial, requeueTrial } from './trial-endings.ts';
import { trialOf } from './trial-rows.ts';

/** Leases one sweep ends at most; the next sweep goes on. */
const sweepLimit = 500;

/** Trials whose lease ended at or before `now`, longest ago first. */
export async function expiredTrialIds(db: Kysely<Tables>, now: Timestamp): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('trials')
    .select('id')
    .where('lease_expires_at', '<=', now)
    .orderBy('lease_expires_at')
    .limit(sweepLimit)
    .execute();
  return rows.map((row) => row.id);
}

interface OpenLease {
  readonly trialId: string;
  readonly token: number;
  readonly workerId: string;
}

/** Leases that have not run out, with who holds them. */
export async function openLeases(db: Kysely<Tables>, now: Timestamp): Promise<readonly OpenLease[]> {
  return db
    .selectFrom('trials')
    .innerJoin('leases', (join) =>
      join.onRef('leases.trial_id', '=', 'trials.id').onRef('leases.token', '=', 'trials.lease_token'),
    )
    .where('trials.lease_expires_at', '>', now)
    .select(['trials.id as trialId', 'leases.token as token', 'leases.worker_id as workerId'])
    .limit(sweepLimit)
    .execute();
}

/** Lets leases run out at `now`, those that meanwhile have another holder excepted. Resolves to how many did. */
export async function cutLeases(
  transaction: Transaction<Tables>,
  leases: readonly OpenLease[],
  now: Timestamp,
): Promise<number> {
  let cut = 0;
  for (const { trialId, token } of leases) {
    const { numUpdatedRows } = await transaction
      .updateTable('trials')
      .set({ lease_expires_at: now })
      .where('id', '=', trialId)
      .where('lease_token', '=', token)
      .where('lease_expires_at', '>', now)
      .executeTakeFirstOrThrow();
    cut += Number(numUpdatedRows);
  }
  return cut;
}

/** Ends a lease that ran out; undefined when its worker or another sweep was faster. */
export async function expireTrial(
  database: SqlDatabase,
  transaction: Transaction<Tables>,
  id: string,
  limits: { readonly now: Timestamp; readonly maxTries: number },
): Promise<ExpiredTrial | undefined> {
  const expired = transaction
    .selectFrom('trials')
    .selectAll('trials')
    .where('id', '=', id)
    .where('lease_expires_at', '<=', limits.now);
  const row = await database.locking(expired, 'skip-locked', 'trials').executeTakeFirst();
  if (!row) return undefined;
  const { id: trialId, runId } = trialOf(row);
  const cancelledBy = await lockCancelRequest(database, transaction, row.run_id);
  const outcome = outcomeOfExpiry(row, cancelledBy, limits.maxTries);
  if (outcome) {
    await endTrial(transaction, row, outcome, { at: limits.now, lease: 'expired' });
    return { trialId, runId, became: outcome.kind };
  }
  const reason = 'its worker stopped answering';
  await requeueTrial(transaction, row, { at: limits.now, lease: 'expired', reason, tries: row.tries });
  return { trialId, runId, became: 'queued' };
}

/** Undefined: there are tries left. */
function outcomeOfExpiry(
  { tries }: TrialRow,
  cancelledBy: string | null,
  maxTries: number,
): Extract<Outcome, { kind: 'cancelled' | 'faulted' }> | undefined {
  if (cancelledBy !== null) return { kind: 'cancelled', by: cancelledBy };
  if (tries < maxTries) return undefined;
  const message = `no worker could finish it: ${tries} of ${maxTries} tries ended without an answer from the worker`;
  return { kind: 'faulted', fault: 'service', message };
}
