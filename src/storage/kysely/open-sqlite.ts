import Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../telemetry/log.ts';
import type { Stores } from '../stores.ts';
import { databaseError } from './database-errors.ts';
import { allMigrations } from './migrations/all.ts';
import { sqliteColumnTypes } from './migrations/column-types.ts';
import { sqlStores } from './sql-stores.ts';
import type { Tables } from './tables.ts';

/** How long a statement waits for another process that writes, before it fails as `unavailable`. */
const busyTimeoutMs = 5_000;

/**
 * Opens the embedded database, making the file and its folder when they are missing. Call `migrate()` before anything else.
 * @param options.path file, or `:memory:` for a database that ends with `close()`.
 * @throws ClawBenchError `unavailable` when the file cannot be used.
 */
export function openSqlite({ path, log }: { readonly path: string; readonly log: Log }): Stores {
  const file = openFile(path);
  const database = withKeptStatements(file);
  const kysely = new Kysely<Tables>({ dialect: sqliteDialect(database) });
  return sqlStores(
    {
      dialect: 'sqlite',
      kysely,
      migrating: (work) => work(kysely),
      migrations: { getMigrations: async () => allMigrations(sqliteColumnTypes) },
      close: async () => {
        await kysely.destroy();
        file.close();
      },
    },
    log,
  );
}

function openFile(path: string): Sqlite.Database {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const file = new Sqlite(path, { timeout: busyTimeoutMs });
    file.pragma('journal_mode = wal');
    // In WAL mode a crash of the process loses nothing; what must outlive a power cut is written by `writeDurably`.
    file.pragma('synchronous = normal');
    file.pragma('foreign_keys = on');
    return file;
  } catch (error) {
    throw databaseError(error);
  }
}

function sqliteDialect(database: SqliteDatabase): Dialect {
  return {
    createDriver: () => new ImmediateDriver({ database }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Takes the write lock when a transaction begins: taking it later fails at once when another process wrote in between. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite can roll back schema changes, so all migrations run in one transaction, which also keeps other processes out. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Prepared statements kept by their text: the stores use a fixed set of them, and preparing costs more than running. */
function withKeptStatements(file: Sqlite.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  const mostKept = 300;
  return {
    close: () => {
      file.close();
    },
    prepare: (text) => {
      const known = kept.get(text);
      if (known) return known;
      if (kept.size >= mostKept) kept.clear();
      const statement = file.prepare(text);
      kept.set(text, statement);
      return statement;
    },
  };
}
