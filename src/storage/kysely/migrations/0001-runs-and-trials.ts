import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Runs, their trials, the history of leases, and the event log. */
export function runsAndTrials(types: ColumnTypes): Migration {
  return {
    async up(db) {
      await createRuns(db, types);
      await createTrials(db, types);
      await createLeases(db, types);
      await createEvents(db, types);
    },
  };
}

async function createRuns(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('lane', text, (column) => column.notNull())
    .addColumn('benchmark', text, (column) => column.notNull())
    .addColumn('origin_kind', text, (column) => column.notNull())
    .addColumn('origin_key', text, (column) => column.notNull().unique())
    .addColumn('requested_by', text, (column) => column.notNull())
    .addColumn('thread', text)
    .addColumn('head_sha', text)
    .addColumn('installation_id', 'bigint')
    .addColumn('cancelled_by', text)
    .addColumn('cancelled_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('last_seq', 'bigint', (column) => column.notNull())
    .addColumn('spec', text, (column) => column.notNull())
    .addColumn('result', text)
    .execute();
  await db.schema.createIndex('runs_by_status').on('runs').columns(['status', 'id']).execute();
  await db.schema.createIndex('runs_by_thread').on('runs').columns(['thread', 'id']).execute();
}

async function createTrials(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('trials')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('task_id', text, (column) => column.notNull())
    .addColumn('task_digest', text, (column) => column.notNull())
    .addColumn('repetition', 'bigint', (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('tries', 'bigint', (column) => column.notNull())
    .addColumn('lease_token', 'bigint', (column) => column.notNull())
    .addColumn('lease_expires_at', 'bigint')
    .addColumn('turns', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('sandbox', text)
    .addColumn('spend', text, (column) => column.notNull())
    .addColumn('outcome', text)
    .addUniqueConstraint('trials_task_repetition', ['run_id', 'task_id', 'repetition'])
    .execute();
  await db.schema
    .createIndex('trials_by_status')
    .on('trials')
    .columns(['status', 'run_id', 'position'])
    .execute();
  await db.schema.createIndex('trials_by_lease_expiry').on('trials').column('lease_expires_at').execute();
}

async function createLeases(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('trial_id', text, (column) => column.notNull().references('trials.id'))
    .addColumn('token', 'bigint', (column) => column.notNull())
    .addColumn('worker_id', text, (column) => column.notNull())
    .addColumn('granted_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('ending', text)
    .addPrimaryKeyConstraint('leases_key', ['trial_id', 'token'])
    .execute();
}

async function createEvents(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('trial_id', text)
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['run_id', 'seq'])
    .execute();
}
