import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type MigrationProvider, Migrator } from 'kysely/migration';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Stores } from '../stores.ts';
import { SqlArtifactStore } from './artifact-store.ts';
import { type DatabaseEngine, SqlDatabase } from './database.ts';
import { databaseError } from './database-errors.ts';
import { SqlDeliveryStore } from './delivery-store.ts';
import { SqlEventStore } from './event-log.ts';
import { SqlModelCallStore } from './model-call-store.ts';
import { SqlPublicationStore } from './publication-store.ts';
import { SqlRepositoryStore } from './repository-store.ts';
import { SqlRunStore } from './run-store.ts';
import type { Tables } from './tables.ts';
import { SqlToolCallStore } from './tool-call-store.ts';
import { SqlTrialStore } from './trial-store.ts';

/** All that differs between the databases. */
export interface SqlEngine extends DatabaseEngine {
  /** Runs `work` with a database whose statements may take as long as a migration needs. */
  migrating<Result>(work: (db: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  readonly migrations: MigrationProvider;
  close(): Promise<void>;
}

/** The stores of one open database. */
export function sqlStores(engine: SqlEngine, log: Log): Stores {
  const database = new SqlDatabase(engine);
  return {
    runs: new SqlRunStore(database),
    trials: new SqlTrialStore(database),
    events: new SqlEventStore(database),
    artifacts: new SqlArtifactStore(database),
    toolCalls: new SqlToolCallStore(database),
    deliveries: new SqlDeliveryStore(database),
    publications: new SqlPublicationStore(database),
    repositories: new SqlRepositoryStore(database),
    modelCalls: new SqlModelCallStore(database),
    migrate: () => migrate(engine, log),
    ping: async () => {
      await database.query((db) => sql`select 1`.execute(db));
    },
    close: () => engine.close(),
  };
}

async function migrate(engine: SqlEngine, log: Log): Promise<readonly string[]> {
  const { error, results = [] } = await engine
    .migrating(async (db) => {
      await assertNotNewer(db, engine.migrations);
      return new Migrator({ db, provider: engine.migrations }).migrateToLatest();
    })
    .catch((thrown: unknown) => ({ error: thrown, results: [] }));
  if (error !== undefined) throw databaseError(error);
  const applied = results.map(({ migrationName }) => migrationName);
  for (const migration of applied) log.info('migration applied', { migration });
  return applied;
}

/** @throws ClawBenchError `unsupported` for a database that a later version of ClawBench has migrated. */
async function assertNotNewer(db: Kysely<Tables>, provider: MigrationProvider): Promise<void> {
  const known = await provider.getMigrations();
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return;
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  const unknown = rows.find(({ name }) => !(name in known));
  if (!unknown) return;
  throw new ClawBenchError(
    'unsupported',
    `the database has a migration this version lacks: ${unknown.name}`,
    {
      hint: 'Run the version of ClawBench that used this database last, or a later one.',
    },
  );
}
