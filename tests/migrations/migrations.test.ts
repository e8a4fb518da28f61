import Sqlite from 'better-sqlite3';
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { parseRunId, parseTrialId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/main/pino-log.ts';
import { allMigrations } from '../../src/storage/kysely/migrations/all.ts';
import {
  type ColumnTypes,
  postgresColumnTypes,
  sqliteColumnTypes,
} from '../../src/storage/kysely/migrations/column-types.ts';
import { openPostgres } from '../../src/storage/kysely/open-postgres.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';
import type { Stores } from '../../src/storage/stores.ts';
import { freshPostgresDatabase } from '../world/postgres-database.ts';
import { schemaText } from './schema-text.ts';
import { seed as seedRunsAndTrials } from './seeds/0001-runs-and-trials.ts';
import { seed as seedTrialEvidence } from './seeds/0002-trial-evidence.ts';
import { seed as seedGithub } from './seeds/0003-github.ts';

const seeds: Readonly<Record<string, (db: Kysely<unknown>) => Promise<void>>> = {
  '0001-runs-and-trials': seedRunsAndTrials,
  '0002-trial-evidence': seedTrialEvidence,
  '0003-github': seedGithub,
};

/** Rows each table has once everything is seeded; a migration that loses some fails here. */
const seededRows = {
  runs: 2,
  trials: 2,
  leases: 3,
  events: 5,
  blobs: 1,
  artifacts: 1,
  tool_calls: 2,
  model_calls: 2,
  deliveries: 3,
  publications: 2,
  repositories: 1,
};

const names = Object.keys(allMigrations(sqliteColumnTypes)).sort();

interface EmptyDatabase {
  readonly types: ColumnTypes;
  readonly dialect: () => Dialect;
  readonly open: () => Stores;
  readonly remove: () => Promise<void>;
}

async function emptySqlite(): Promise<EmptyDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'clawbench-migrations-'));
  const path = join(folder, 'clawbench.db');
  return {
    types: sqliteColumnTypes,
    dialect: () => new SqliteDialect({ database: new Sqlite(path) }),
    open: () => openSqlite({ path, log: silentLog }),
    remove: () => rm(folder, { recursive: true }),
  };
}

async function emptyPostgres(): Promise<EmptyDatabase> {
  const database = await freshPostgresDatabase(inject('postgresUrl'));
  return {
    types: postgresColumnTypes,
    dialect: () => new PostgresDialect({ pool: new pg.Pool({ connectionString: database.url }) }),
    open: () => openPostgres({ url: database.url, log: silentLog }),
    remove: database.drop,
  };
}

async function migrateTo(db: Kysely<unknown>, types: ColumnTypes, name: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => allMigrations(types) } });
  const { error } = await migrator.migrateTo(name);
  expect(error).toBeUndefined();
}

describe.each([
  ['sqlite', emptySqlite],
  ['postgres', emptyPostgres],
] as const)('migrations on %s', (kind, makeEmpty) => {
  test('each meets the data of all before it, and none is lost or unreadable', async () => {
    const empty = await makeEmpty();
    const db = new Kysely<unknown>({ dialect: empty.dialect() });
    for (const name of names) {
      await migrateTo(db, empty.types, name);
      await seeds[name]?.(db);
    }
    for (const [table, rows] of Object.entries(seededRows)) {
      const counted = await sql<{ rows: number | string }>`
        select count(*) as rows from ${sql.table(table)}`.execute(db);
      expect([table, Number(counted.rows[0]?.rows)]).toEqual([table, rows]);
    }
    await db.destroy();
    const stores = empty.open();
    expect(await stores.migrate()).toEqual([]);
    await readEverything(stores);
    await stores.close();
    await empty.remove();
  });

  test('together make the reviewed schema', async () => {
    const empty = await makeEmpty();
    const stores = empty.open();
    expect(await stores.migrate()).toEqual(names);
    await stores.close();
    const db = new Kysely<unknown>({ dialect: empty.dialect() });
    await expect(await schemaText(db, kind)).toMatchFileSnapshot('../../src/storage/kysely/schema.txt');
    await db.destroy();
    await empty.remove();
  });

  test('started by many at once run once, and again change nothing', async () => {
    const empty = await makeEmpty();
    const processes = Array.from({ length: 4 }, () => empty.open());
    const applied = await Promise.all(processes.map((stores) => stores.migrate()));
    expect(applied.flat().sort()).toEqual(names);
    for (const stores of processes) {
      expect(await stores.migrate()).toEqual([]);
      await stores.close();
    }
    await empty.remove();
  });

  test('a newer version’s database is refused, not damaged', async () => {
    const empty = await makeEmpty();
    const stores = empty.open();
    await stores.migrate();
    const db = new Kysely<unknown>({ dialect: empty.dialect() });
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2099-01-01T00:00:00.000Z')`.execute(
      db,
    );
    await expect(stores.migrate()).rejects.toMatchObject({ code: 'unsupported' });
    await db.destroy();
    await stores.close();
    await empty.remove();
  });
});

async function readEverything(stores: Stores): Promise<void> {
  const [live, finished] = await stores.runs.list({ limit: 10 });
  expect(live).toMatchObject({ status: 'running', cancelRequest: { by: 'root', at: 5_000 } });
  expect(finished).toMatchObject({ status: 'finished', result: { counts: { solved: 1 } } });
  const finishedId = parseRunId('01K0V5Z3QK6M1T6E0G2Q1N0001');
  const trialId = parseTrialId('01K0V5Z3QK6M1T6E0G2Q1N0011');
  expect(await stores.trials.ofRun(finishedId)).toMatchObject([{ status: 'graded', tries: 2 }]);
  expect(await stores.events.read(finishedId, 0, 10)).toHaveLength(3);
  const [artifact] = await stores.artifacts.ofRun(finishedId);
  expect(Buffer.from((await stores.artifacts.read(artifact?.digest ?? '')) ?? []).toString()).toBe('hello');
  expect(await stores.modelCalls.ofTrial(trialId)).toHaveLength(2);
  expect(await stores.deliveries.claim(5_000, 1)).toMatchObject({ guid: 'guid-pending' });
  expect(await stores.publications.unsettled(10)).toMatchObject([{ kind: 'check', remoteId: null }]);
  expect(await stores.repositories.find('Octo-Org', 'Agent')).toMatchObject({ group: 'octo-org-agent' });
}
