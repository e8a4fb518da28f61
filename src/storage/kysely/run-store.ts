import { type Transaction, sql } from 'kysely';
import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId } from '../../domain/ids.ts';
import { canRunMove, isRunLive, liveRunStatuses, type Run } from '../../domain/run.ts';
import type { RunEvent } from '../../telemetry/events.ts';
import type { NewRun, NewTrial, RunCreation, RunFilter, RunPatch, RunStore } from '../run-store.ts';
import { insertBatches, type SqlDatabase } from './database.ts';
import { appendEvents } from './event-log.ts';
import { runColumns, runOf, runRow } from './run-rows.ts';
import type { Tables } from './tables.ts';
import { endTrial } from './trial-endings.ts';
import { trialRow } from './trial-rows.ts';

export class SqlRunStore implements RunStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async create(run: NewRun, trials: readonly NewTrial[], event: RunEvent): Promise<RunCreation> {
    return this.#database.write(async (transaction) => {
      const created = await transaction
        .insertInto('runs')
        .values(runRow(run))
        .onConflict((conflict) => conflict.column('origin_key').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (!created) {
        const earlier = transaction.selectFrom('runs').selectAll().where('origin_key', '=', run.origin.key);
        return { kind: 'duplicate', run: runOf(await earlier.executeTakeFirstOrThrow()) };
      }
      const rows = trials.map((trial, position) => trialRow(run, trial, position));
      for (const batch of insertBatches(rows)) {
        await transaction.insertInto('trials').values(batch).execute();
      }
      await appendEvents(transaction, run.id, [{ at: run.createdAt, trialId: null, event }]);
      return { kind: 'created', run: runOf(created) };
    });
  }

  async get(id: RunId): Promise<Run | undefined> {
    const row = await this.#database.query((db) =>
      db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && runOf(row);
  }

  async list(filter: RunFilter): Promise<readonly Run[]> {
    const { statuses, lane, thread, before } = filter;
    if (statuses?.length === 0) return [];
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('runs')
        .selectAll()
        .$if(statuses !== undefined, (query) => query.where('status', 'in', statuses ?? []))
        .$if(lane !== undefined, (query) => query.where('lane', '=', lane ?? ''))
        .$if(thread !== undefined, (query) => query.where('thread', '=', thread ?? ''))
        .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
        .orderBy('id', 'desc')
        .limit(Math.min(Math.max(filter.limit, 1), 200))
        .execute(),
    );
    return rows.map(runOf);
  }

  async transition(
    id: RunId,
    { from, to, at }: Parameters<RunStore['transition']>[1],
    patch: RunPatch,
    event: RunEvent,
  ): Promise<boolean> {
    if (!canRunMove(from, to)) {
      throw new ClawBenchError('conflict', `a run cannot go from ${from} to ${to}`);
    }
    return this.#database.write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('runs')
        .set({ status: to, ...runColumns(patch) })
        .where('id', '=', id)
        .where('status', '=', from)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await appendEvents(transaction, id, [{ at, trialId: null, event }]);
      return true;
    });
  }

  async requestCancel(
    id: RunId,
    by: string,
    at: Timestamp,
  ): Promise<'requested' | 'already' | 'too-late' | 'not-found'> {
    return this.#database.write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('runs')
        .set({ cancelled_by: by, cancelled_at: at })
        .where('id', '=', id)
        .where('cancelled_at', 'is', null)
        .where('status', 'in', [...liveRunStatuses])
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return whyNotCancelled(transaction, id);
      await appendEvents(transaction, id, [
        { at, trialId: null, event: { type: 'run-cancel-requested', by } },
      ]);
      // A trial that is being claimed right now is skipped: its claim waits for this transaction and then cancels it.
      const waiting = transaction
        .selectFrom('trials')
        .selectAll('trials')
        .where('run_id', '=', id)
        .where('status', '=', 'queued')
        .orderBy('position');
      for (const trial of await this.#database.locking(waiting, 'skip-locked', 'trials').execute()) {
        await endTrial(transaction, trial, { kind: 'cancelled', by }, { at });
      }
      return 'requested';
    });
  }

  async countAhead(id: RunId): Promise<number> {
    const { ahead } = await this.#database.query((db) =>
      db
        .selectFrom('runs')
        .select(sql<number>`count(*)`.as('ahead'))
        .where('status', 'in', [...liveRunStatuses])
        .where('id', '<', id)
        .executeTakeFirstOrThrow(),
    );
    return ahead;
  }
}

async function whyNotCancelled(
  transaction: Transaction<Tables>,
  id: RunId,
): Promise<'already' | 'too-late' | 'not-found'> {
  const row = await transaction.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return 'not-found';
  return isRunLive(runOf(row).status) ? 'already' : 'too-late';
}
