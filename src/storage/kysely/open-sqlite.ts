import Sqlite from 'better-sqlite3';
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Stores } from '../stores.ts';
import { allMigrations } from './migrations/all.ts';
import { sqliteColumnTypes } from './migrations/column-types.ts';
import { busyTimeoutMs, PatientSqliteDriver } from './patient-sqlite-driver.ts';
import { sqlStores } from './sql-stores.ts';
import type { Tables } from './tables.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/**
 * Opens the embedded database, making the file and its folder when they are missing. Call `migrate()` before anything else.
 * @param options.path file, or `:memory:` for a database that ends with `close()`.
 * @throws ClawBenchError `unavailable` when the file cannot be used.
 */
export function openSqlite({ path, log }: { readonly path: string; readonly log: Log }): Stores {
  const file = openFile(path);
  const kysely = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  const writeAheadLog = path === ':memory:' ? undefined : new WriteAheadLog(path);
  return sqlStores(
    {
      dialect: 'sqlite',
      kysely,
      migrating: (work) => work(kysely),
      migrations: { getMigrations: async () => allMigrations(sqliteColumnTypes) },
      makeDurable: async () => {
        await writeAheadLog?.sync();
      },
      close: async () => {
        await writeAheadLog?.close();
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
    // In WAL mode a crash of the process loses nothing; what must outlive a power cut is synced by `makeDurable`.
    file.pragma('synchronous = normal');
    file.pragma('foreign_keys = on');
    // From here on the driver waits, without blocking this process.
    file.pragma('busy_timeout = 0');
    return file;
  } catch (error) {
    throw new ClawBenchError('unavailable', `the database file ${path} cannot be opened`, {
      hint: 'Check that the path is a ClawBench database or free, and may be written.',
      cause: error,
    });
  }
}

function sqliteDialect(file: Sqlite.Database): Dialect {
  return {
    createDriver: () => new PatientSqliteDriver(file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** SQLite can roll back schema changes, so all migrations run in one transaction, which also keeps other processes out. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
