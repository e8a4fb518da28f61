import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Stores } from '../stores.ts';
import { allMigrations } from './migrations/all.ts';
import { postgresColumnTypes } from './migrations/column-types.ts';
import { sqlStores } from './sql-stores.ts';
import type { Tables } from './tables.ts';

const connectTimeoutMs = 5_000;
const statementTimeoutMs = 15_000;
const migrationTimeoutMs = 600_000;

/**
 * Opens a PostgreSQL database; connections are made when they are needed. Call `migrate()` before anything else.
 * @param options.url `postgres://user:password@host:port/database`; never logged.
 * @param options.maxConnections of this process at once; 10 when absent.
 * @throws ClawBenchError `invalid-input` when the URL is none.
 */
export function openPostgres({
  url,
  log,
  maxConnections = 10,
}: {
  readonly url: string;
  readonly log: Log;
  readonly maxConnections?: number;
}): Stores {
  const pool = openPool(url, log, { max: maxConnections, statementTimeoutMs });
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return sqlStores(
    {
      dialect: 'postgres',
      kysely,
      // PostgreSQL answers a commit when it is durable.
      makeDurable: async () => {},
      migrating: async (work) => {
        const patient = openPool(url, log, { max: 1, statementTimeoutMs: migrationTimeoutMs });
        try {
          return await work(new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patient }) }));
        } finally {
          await patient.end();
        }
      },
      migrations: { getMigrations: async () => allMigrations(postgresColumnTypes) },
      close: async () => {
        if (!pool.ended) await pool.end();
      },
    },
    log,
  );
}

function openPool(
  url: string,
  log: Log,
  limits: { readonly max: number; readonly statementTimeoutMs: number },
): pg.Pool {
  assertParses(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'clawbench',
    max: limits.max,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    // For a server that is gone without a word: later than its own time limit.
    query_timeout: limits.statementTimeoutMs + connectTimeoutMs,
    idle_in_transaction_session_timeout: limits.statementTimeoutMs + connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
  });
  // An idle connection that breaks would end the process without a listener; the next query opens another.
  pool.on('error', (error) => {
    log.warn('database connection lost', { reason: error.message });
  });
  return pool;
}

/** A malformed URL makes the driver throw an error that carries it, password included: that error goes no further. */
function assertParses(url: string): void {
  try {
    if (/^postgres(ql)?:\/\//.test(url) && new pg.Client({ connectionString: url })) return;
  } catch {
    // The same as a URL of something else.
  }
  throw new ClawBenchError('invalid-input', 'the database URL is not one of PostgreSQL', {
    hint: 'Write it as postgres://user:password@host:5432/database.',
  });
}

/** Whole numbers of 64 bits arrive as text; ours are milliseconds, counts and ids, all below 2^53. */
export const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (type, format) =>
  type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format);
