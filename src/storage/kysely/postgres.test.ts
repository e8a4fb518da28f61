import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { freshPostgresDatabase, type PostgresDatabase } from '../../../tests/world/postgres-database.ts';
import { KeptLog } from '../../../tests/world/edge-doubles.ts';
import { silentLog } from '../../main/pino-log.ts';
import type { StorageWorld } from '../storage.contract.ts';
import { storesContract } from '../stores.contract.ts';
import type { Stores } from '../stores.ts';
import { openPostgres } from './open-postgres.ts';

const serverUrl = inject('postgresUrl');
let migrated: PostgresDatabase;

beforeAll(async () => {
  migrated = await freshPostgresDatabase(serverUrl);
  const stores = openPostgres({ url: migrated.url, log: silentLog });
  await stores.migrate();
  await stores.close();
});

afterAll(async () => {
  await migrated.drop();
});

async function openWorld(): Promise<StorageWorld> {
  const database = await freshPostgresDatabase(serverUrl, migrated);
  const opened: Stores[] = [];
  const another = (): Stores => {
    const stores = openPostgres({ url: database.url, log: silentLog });
    opened.push(stores);
    return stores;
  };
  return {
    stores: another(),
    another,
    close: async () => {
      for (const each of opened) await each.close();
      await database.drop();
    },
  };
}

describe('PostgreSQL', () => {
  storesContract(openWorld);

  test('a server that is not there is unavailable, and no password is told', async () => {
    const log = new KeptLog();
    const url = 'postgres://clawbench:hunter2@127.0.0.1:1/clawbench';
    const stores = openPostgres({ url, log });
    const error: unknown = await stores.ping().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
    await expect(stores.migrate()).rejects.toMatchObject({ code: 'unavailable' });
    await stores.close();
    expect(JSON.stringify([log.lines, String(error)])).not.toContain('hunter2');
  });

  test('a URL that is none is refused without being told', () => {
    for (const url of ['postgres://clawbench:hunter2@host:port/x', 'mysql://u:hunter2@host/x', '']) {
      const open = () => openPostgres({ url, log: silentLog });
      const error = caught(open);
      expect(error).toMatchObject({ code: 'invalid-input' });
      expect(inspect(error)).not.toContain('hunter2');
    }
  });

  test('a database without tables says what to do', async () => {
    const empty = await freshPostgresDatabase(serverUrl);
    const stores = openPostgres({ url: empty.url, log: silentLog });
    await expect(stores.runs.list({ limit: 1 })).rejects.toMatchObject({
      code: 'unavailable',
      hint: expect.stringContaining('clawbench migrate'),
    });
    await stores.close();
    await empty.drop();
  });

  test('connections that the server ends are replaced', async () => {
    const database = await freshPostgresDatabase(serverUrl, migrated);
    const log = new KeptLog();
    const stores = openPostgres({ url: database.url, log });
    await stores.ping();
    const admin = new pg.Client({ connectionString: serverUrl });
    await admin.connect();
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database.name,
    ]);
    await admin.end();
    await expect.poll(() => stores.ping().then(() => 'up')).toBe('up');
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await stores.close();
    await database.drop();
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
