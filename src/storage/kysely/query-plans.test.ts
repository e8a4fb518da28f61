import Sqlite from 'better-sqlite3';
import { type CompiledQuery, Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { freshPostgresDatabase } from '../../../tests/world/postgres-database.ts';
import { claimNext, nextRunId, queueRun } from '../../../tests/world/run-samples.ts';
import { silentLog } from '../../main/pino-log.ts';
import type { Stores } from '../stores.ts';
import { allMigrations } from './migrations/all.ts';
import { postgresColumnTypes, sqliteColumnTypes } from './migrations/column-types.ts';
import { getTypeParser } from './open-postgres.ts';
import { sqlStores } from './sql-stores.ts';
import type { Tables } from './tables.ts';

/** Calls every method that reads or changes rows; the list of all repositories reads all of them by its nature. */
async function tour(stores: Stores): Promise<void> {
  const { run } = await queueRun(stores, 4);
  const { lease } = await claimNext(stores);
  await stores.trials.heartbeat(lease, 3_000, 45_000);
  await stores.trials.advance(lease, 'preparing', { turns: 1 }, []);
  const { digest } = await stores.artifacts.put(lease, { name: 'log', kind: 'log', bytes: Buffer.from('x') });
  await stores.artifacts.read(digest);
  await stores.artifacts.ofRun(run.id);
  const call = { clientCallId: 'a', tool: 't', argumentsDigest: 'd', at: 1 };
  await stores.toolCalls.begin(lease, call);
  await stores.toolCalls.begin(lease, call);
  await stores.toolCalls.complete(lease, 'a', '{}', 1);
  await stores.trials.finish(lease, { kind: 'cancelled', by: 'x' }, { at: 1, patch: {}, events: [] });
  await stores.trials.release((await claimNext(stores)).lease, 1, 'x');
  await claimNext(stores);
  await stores.trials.expire(100_000, 3);
  await stores.trials.isCurrent(lease.trialId, 1);
  await stores.trials.ofRun(run.id);
  await stores.runs.requestCancel(run.id, 'x', 1);
  await stores.runs.requestCancel(run.id, 'x', 1);
  const finalizing = { from: 'queued', to: 'finalizing', at: 1 } as const;
  await stores.runs.transition(run.id, finalizing, {}, { type: 'run-finalizing' });
  await stores.runs.countAhead(run.id);
  await stores.runs.list({ limit: 10 });
  await stores.runs.list({ limit: 10, statuses: ['queued'], before: nextRunId() });
  await stores.runs.list({ limit: 10, thread: 'gh:o/r#pr:1' });
  await stores.events.read(run.id, 1, 10);
  await stores.modelCalls.ofRun(run.id);
  await stores.modelCalls.ofTrial(lease.trialId);
  await tourGithub(stores);
}

async function tourGithub(stores: Stores): Promise<void> {
  const delivery = { guid: 'g', event: 'e', body: Buffer.from('{}'), receivedAt: 1 };
  await stores.deliveries.receive(delivery);
  await stores.deliveries.receive(delivery);
  await stores.deliveries.claim(1, 1);
  await stores.deliveries.fail('g', 'x', 5);
  await stores.deliveries.complete('g', 1);
  await stores.deliveries.countPending();
  await stores.deliveries.prune(0);
  await stores.publications.get({ kind: 'comment', place: 'p', benchmark: 'b' });
  await stores.publications.ofRun(nextRunId());
  await stores.publications.unsettled(10);
  await stores.repositories.find('o', 'r');
  await stores.repositories.remove('o', 'r');
  await stores.repositories.removeInstallation(1);
}

/** The statements that look for rows. */
function planned(queries: readonly CompiledQuery[]): readonly CompiledQuery[] {
  const distinct = new Map(queries.map((query) => [query.sql, query]));
  return [...distinct.values()].filter(({ sql }) => /^(select|update|delete)/.test(sql));
}

test('SQLite answers every query by an index', async () => {
  const file = new Sqlite(':memory:');
  const queries: CompiledQuery[] = [];
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: file }),
    log: ({ query }) => void queries.push(query),
  });
  const stores = sqlStores(
    {
      dialect: 'sqlite',
      kysely,
      makeDurable: async () => {},
      migrating: (work) => work(kysely),
      migrations: { getMigrations: async () => allMigrations(sqliteColumnTypes) },
      close: () => kysely.destroy(),
    },
    silentLog,
  );
  await stores.migrate();
  queries.length = 0;
  await tour(stores);
  const scans = planned(queries).flatMap(({ sql, parameters }) =>
    file
      .prepare(`explain query plan ${sql}`)
      .all(parameters)
      .map((step) => `${JSON.stringify(step)} of ${sql}`)
      .filter((step) => /SCAN (?!\w+ USING)|TEMP B-TREE/.test(step)),
  );
  expect(planned(queries).length).toBeGreaterThan(30);
  // A run has few trials, files and calls: these two sort the rows of one run, found by index.
  expect(
    scans.filter((scan) => !/of select \* from "(model_calls|artifacts|trials|publications)"/.test(scan)),
  ).toEqual([]);
  await stores.close();
});

test('PostgreSQL can answer every query by an index', async () => {
  const database = await freshPostgresDatabase(inject('postgresUrl'));
  const pool = new pg.Pool({
    connectionString: database.url,
    max: 1,
    options: '-c enable_seqscan=off',
    types: { getTypeParser },
  });
  const queries: CompiledQuery[] = [];
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void queries.push(query),
  });
  const stores = sqlStores(
    {
      dialect: 'postgres',
      kysely,
      makeDurable: async () => {},
      migrating: (work) => work(kysely),
      migrations: { getMigrations: async () => allMigrations(postgresColumnTypes) },
      close: () => kysely.destroy(),
    },
    silentLog,
  );
  await stores.migrate();
  queries.length = 0;
  await tour(stores);
  const scans: string[] = [];
  for (const { sql, parameters } of planned(queries)) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...parameters]);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    if (plan.includes('Seq Scan')) scans.push(`${sql}\n${plan}`);
  }
  expect(planned(queries).length).toBeGreaterThan(30);
  expect(scans).toEqual([]);
  await stores.close();
  await database.drop();
});
