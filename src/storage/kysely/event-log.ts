import type { Transaction } from 'kysely';
import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId, TrialId } from '../../domain/ids.ts';
import type { LoggedEvent, RunEvent } from '../../telemetry/events.ts';
import type { EventStore } from '../event-store.ts';
import { insertBatches, type SqlDatabase } from './database.ts';
import { eventRow, loggedEventOf } from './event-rows.ts';
import type { RunRow, Tables } from './tables.ts';

/** An event before its place in the log is known. */
export interface PendingEvent {
  readonly at: Timestamp;
  readonly trialId: TrialId | null;
  readonly event: RunEvent;
}

/**
 * Appends events to a run's log within the transaction that makes them true. Counting up the run's row makes every
 * later writer of the run wait for this transaction, so that numbers have no gaps and become visible in order.
 * Answers that row, which stays as it is until the transaction ends.
 */
export async function appendEvents(
  transaction: Transaction<Tables>,
  runId: RunId,
  events: readonly PendingEvent[],
): Promise<RunRow> {
  const run = await transaction
    .updateTable('runs')
    .set((columns) => ({ last_seq: columns('last_seq', '+', events.length) }))
    .where('id', '=', runId)
    .returningAll()
    .executeTakeFirst();
  if (!run) throw new ClawBenchError('not-found', `there is no run ${runId} to tell of`);
  const first = run.last_seq - events.length + 1;
  const rows = events.map((event, index) => eventRow({ ...event, runId, seq: first + index }));
  for (const batch of insertBatches(rows)) {
    await transaction.insertInto('events').values(batch).execute();
  }
  return run;
}

export class SqlEventStore implements EventStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async read(runId: RunId, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('events')
        .selectAll()
        .where('run_id', '=', runId)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(Math.min(Math.max(limit, 1), 1_000))
        .execute(),
    );
    return rows.map(loggedEventOf);
  }
}
