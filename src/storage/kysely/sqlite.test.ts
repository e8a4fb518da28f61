import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { queueRun } from '../../../tests/world/run-samples.ts';
import { silentLog } from '../../main/pino-log.ts';
import type { StorageWorld } from '../storage.contract.ts';
import { storesContract } from '../stores.contract.ts';
import type { Stores } from '../stores.ts';
import { openSqlite } from './open-sqlite.ts';

async function openWorld(): Promise<StorageWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'clawbench-storage-'));
  const opened: Stores[] = [];
  const another = (): Stores => {
    const stores = openSqlite({ path: join(folder, 'data', 'clawbench.db'), log: silentLog });
    opened.push(stores);
    return stores;
  };
  const stores = another();
  await stores.migrate();
  return {
    stores,
    another,
    close: async () => {
      for (const each of opened) await each.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe('SQLite', () => {
  storesContract(openWorld);

  test('a database in memory ends with its stores', async () => {
    const stores = openSqlite({ path: ':memory:', log: silentLog });
    await stores.migrate();
    const { run } = await queueRun(stores, 1);
    expect(await stores.runs.get(run.id)).toEqual(run);
    await stores.close();
  });

  test('everything is there after closing and opening again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clawbench-storage-'));
    const path = join(folder, 'clawbench.db');
    const before = openSqlite({ path, log: silentLog });
    await before.migrate();
    const { run, trials } = await queueRun(before, 2);
    await before.close();
    const after = openSqlite({ path, log: silentLog });
    expect(await after.runs.get(run.id)).toEqual(run);
    expect(await after.trials.ofRun(run.id)).toHaveLength(trials.length);
    await after.close();
    await rm(folder, { recursive: true });
  });

  test('a delivery the disk did not take is not accepted, however often it comes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clawbench-storage-'));
    const path = join(folder, 'clawbench.db');
    const stores = openSqlite({ path, log: silentLog });
    await stores.migrate();
    await rm(`${path}-wal`);
    const delivery = { guid: 'guid-1', event: 'ping', body: Buffer.from('{}'), receivedAt: 1_000 };
    for (const attempt of [1, 2]) {
      const refusal = { code: 'unavailable', retryable: true };
      await expect(stores.deliveries.receive({ ...delivery, receivedAt: attempt })).rejects.toMatchObject(
        refusal,
      );
    }
    await stores.close();
    await rm(folder, { recursive: true });
  });

  test('a path that cannot be a database is unavailable, with what to do', () => {
    for (const path of [tmpdir(), join(import.meta.filename, 'clawbench.db')]) {
      expect(() => openSqlite({ path, log: silentLog })).toThrow(
        expect.objectContaining({ code: 'unavailable', hint: expect.stringContaining('path') }),
      );
    }
  });

  test('a file that is no database is unavailable, and stays as it is', () => {
    expect(() => openSqlite({ path: import.meta.filename, log: silentLog })).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
  });
});
