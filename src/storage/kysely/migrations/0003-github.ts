import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** GitHub in and out: the inbox, what we publish, and the repositories we serve. */
export function github(types: ColumnTypes): Migration {
  return {
    async up(db) {
      await createDeliveries(db, types);
      await createPublications(db, types);
      await createRepositories(db, types);
    },
  };
}

async function createDeliveries(db: Kysely<unknown>, { text, bytes }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('guid', text, (column) => column.primaryKey().notNull())
    .addColumn('event', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('attempts', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('error', text)
    .addColumn('body_zstd', bytes, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('deliveries_by_due')
    .on('deliveries')
    .columns(['status', 'due_at', 'guid'])
    .execute();
  await db.schema.createIndex('deliveries_by_finish').on('deliveries').column('finished_at').execute();
}

async function createPublications(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('publications')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('place', text, (column) => column.notNull())
    .addColumn('benchmark', text, (column) => column.notNull())
    .addColumn('remote_id', 'bigint')
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('content_digest', text)
    .addColumn('settled', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('publications_key', ['kind', 'place', 'benchmark'])
    .execute();
  await db.schema.createIndex('publications_by_run').on('publications').column('run_id').execute();
  await db.schema
    .createIndex('publications_by_update')
    .on('publications')
    .columns(['settled', 'updated_at'])
    .execute();
}

async function createRepositories(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('repositories')
    .addColumn('full_name', text, (column) => column.primaryKey().notNull())
    .addColumn('owner', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('installation_id', 'bigint', (column) => column.notNull())
    .addColumn('group_folder', text, (column) => column.notNull())
    .addColumn('registered_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('repositories_by_installation')
    .on('repositories')
    .column('installation_id')
    .execute();
}
