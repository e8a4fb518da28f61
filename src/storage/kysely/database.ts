import type { Kysely, SelectQueryBuilder, Transaction } from 'kysely';
import { databaseError } from './database-errors.ts';
import type { Tables } from './tables.ts';

/** What the stores need to know of the database they work on. */
export interface DatabaseEngine {
  readonly dialect: 'sqlite' | 'postgres';
  readonly kysely: Kysely<Tables>;
  /** Resolves when what was committed survives a power cut. */
  makeDurable(): Promise<void>;
}

/** One open database: the only door to it, so that its errors are translated in one place. */
export class SqlDatabase {
  readonly #engine: DatabaseEngine;

  constructor(engine: DatabaseEngine) {
    this.#engine = engine;
  }

  /** Runs one statement, or several that need not see the same moment. @throws ClawBenchError as `databaseError` says; so do the methods below. */
  async query<Result>(work: (db: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#engine.kysely);
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** Runs `work` as one transaction. On SQLite it may await queries only: it holds the only connection. */
  async write<Result>(work: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    return this.query((db) => db.transaction().execute(work));
  }

  /** As {@link write}, and what it wrote survives a power cut once it resolves. */
  async writeDurably<Result>(work: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    const result = await this.write(work);
    await this.query(() => this.#engine.makeDurable());
    return result;
  }

  /**
   * Locks the rows a query of a transaction finds until its end, where transactions run side by side at all (PostgreSQL).
   * `skip-locked` leaves out what another transaction holds.
   */
  locking<DB, Table extends keyof DB, Output>(
    query: SelectQueryBuilder<DB, Table, Output>,
    held: 'wait' | 'skip-locked',
    table: Table & string,
  ): SelectQueryBuilder<DB, Table, Output> {
    if (this.#engine.dialect === 'sqlite') return query;
    const locked = query.forNoKeyUpdate(table);
    return held === 'skip-locked' ? locked.skipLocked() : locked;
  }
}

/** Rows in portions one INSERT can take: both databases limit the parameters of a statement. */
export function* insertBatches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  const size = 500;
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

/**
 * Text from outside as both databases can keep it: PostgreSQL refuses NUL, and both drivers change lone surrogates.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
