import type Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
  type SqliteDatabase,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a statement waits for another process that writes, before it fails as busy. */
export const busyTimeoutMs = 5_000;

/**
 * Kysely's driver, with two differences. A transaction takes the write lock when it begins, because taking it later fails
 * at once when another process wrote in between. And it waits for that lock aside: SQLite's own waiting would block the
 * whole process, and for good when the one that holds the lock is another connection of this process.
 */
export class PatientSqliteDriver extends SqliteDriver {
  readonly #file: Sqlite.Database;
  #connection: DatabaseConnection | undefined;

  constructor(file: Sqlite.Database) {
    super({ database: withKeptStatements(file) });
    this.#file = file;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#connection ??= patient(this.#file, await super.acquireConnection());
    return this.#connection;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

function patient(file: Sqlite.Database, connection: DatabaseConnection): DatabaseConnection {
  const executeQuery = async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
    for (let waitedMs = 0, waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      try {
        return await connection.executeQuery<Row>(query);
      } catch (error) {
        // A statement that was refused outside of a transaction left nothing behind, so it can be tried again.
        if (!isBusy(error) || file.inTransaction || waitedMs >= busyTimeoutMs) throw error;
      }
      await delay(waitMs);
      waitedMs += waitMs;
    }
  };
  return {
    executeQuery,
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_BUSY')
  );
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
