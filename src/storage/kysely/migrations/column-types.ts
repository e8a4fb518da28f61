import { type ColumnDataType, type RawBuilder, sql } from 'kysely';

/** The column types that SQLite and PostgreSQL spell differently; all others are the same words in both. */
export interface ColumnTypes {
  /** Compared byte by byte, so that ids and keys sort alike on both. */
  readonly text: ColumnDataType | RawBuilder<unknown>;
  readonly bytes: ColumnDataType;
}

export const sqliteColumnTypes: ColumnTypes = { text: 'text', bytes: 'blob' };

export const postgresColumnTypes: ColumnTypes = {
  text: sql`text collate "C"`,
  bytes: 'bytea',
};
