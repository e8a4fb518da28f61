import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** What trials leave behind: kept files, tool calls and model calls. */
export function trialEvidence(types: ColumnTypes): Migration {
  return {
    async up(db) {
      await createArtifacts(db, types);
      await createToolCalls(db, types);
      await createModelCalls(db, types);
    },
  };
}

async function createArtifacts(db: Kysely<unknown>, { text, bytes }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('blobs')
    .addColumn('digest', text, (column) => column.primaryKey().notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('zstd', bytes, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('artifacts')
    .addColumn('trial_id', text, (column) => column.notNull().references('trials.id'))
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('digest', text, (column) => column.notNull().references('blobs.digest'))
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('artifacts_key', ['trial_id', 'name'])
    .execute();
  await db.schema.createIndex('artifacts_by_run').on('artifacts').column('run_id').execute();
}

async function createToolCalls(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('tool_calls')
    .addColumn('trial_id', text, (column) => column.notNull().references('trials.id'))
    .addColumn('lease_token', 'bigint', (column) => column.notNull())
    .addColumn('client_call_id', text, (column) => column.notNull())
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('tool', text, (column) => column.notNull())
    .addColumn('arguments_digest', text, (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('result', text)
    .addPrimaryKeyConstraint('tool_calls_key', ['trial_id', 'lease_token', 'client_call_id'])
    .execute();
}

async function createModelCalls(db: Kysely<unknown>, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('model_calls')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
    .addColumn('trial_id', text, (column) => column.notNull().references('trials.id'))
    .addColumn('lease_token', 'bigint', (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('status', 'bigint', (column) => column.notNull())
    .addColumn('input_tokens', 'bigint', (column) => column.notNull())
    .addColumn('cached_input_tokens', 'bigint', (column) => column.notNull())
    .addColumn('output_tokens', 'bigint', (column) => column.notNull())
    .addColumn('cost', 'bigint')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('duration_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('model_calls_by_run').on('model_calls').column('run_id').execute();
  await db.schema.createIndex('model_calls_by_trial').on('model_calls').column('trial_id').execute();
}
