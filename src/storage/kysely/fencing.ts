import type { Transaction } from 'kysely';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Lease } from '../../domain/lease.ts';
import { heldTrialStatuses } from '../../domain/trial.ts';
import type { SqlDatabase } from './database.ts';
import type { Tables, TrialRow } from './tables.ts';

/**
 * The fence of every write about a trial: its row, locked until the transaction ends, if the lease is its newest and not ended.
 * Transactions lock the trial first and the run after it; whoever has to go the other way must not wait for the trial.
 * @throws ClawBenchError `lease-lost`.
 */
export async function holdTrial(
  database: SqlDatabase,
  transaction: Transaction<Tables>,
  lease: Lease,
): Promise<TrialRow> {
  const held = transaction
    .selectFrom('trials')
    .selectAll('trials')
    .where('id', '=', lease.trialId)
    .where('lease_token', '=', lease.token)
    .where('status', 'in', [...heldTrialStatuses]);
  const row = await database.locking(held, 'wait', 'trials').executeTakeFirst();
  if (row) return row;
  throw new ClawBenchError('lease-lost', `lease ${lease.token} of trial ${lease.trialId} is over`, {
    hint: 'Stop working on this trial and write nothing more about it.',
  });
}

/** Who asked for a run to be cancelled, read so that no such request can slip in before the transaction ends. */
export async function lockCancelRequest(
  database: SqlDatabase,
  transaction: Transaction<Tables>,
  runId: string,
): Promise<string | null> {
  const run = transaction.selectFrom('runs').select('cancelled_by').where('id', '=', runId);
  const { cancelled_by: by } = await database.locking(run, 'wait', 'runs').executeTakeFirstOrThrow();
  return by;
}
