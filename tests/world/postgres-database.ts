import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface PostgresDatabase {
  readonly name: string;
  readonly url: string;
  /** Closes every connection to it and removes it. */
  readonly drop: () => Promise<void>;
}

/** Makes a database of its own on the server at `serverUrl`: empty, or a copy of `template`, which nobody may be using. */
export async function freshPostgresDatabase(
  serverUrl: string,
  template?: PostgresDatabase,
): Promise<PostgresDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(serverUrl, `create database ${name}${template ? ` template ${template.name}` : ''}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: () => administer(serverUrl, `drop database ${name} with (force)`),
  };
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
