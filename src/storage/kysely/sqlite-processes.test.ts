import Sqlite from 'better-sqlite3';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { silentLog } from '../../main/pino-log.ts';
import { openSqlite } from './open-sqlite.ts';

const writer = new URL('../../../tests/world/delivery-writer.ts', import.meta.url);

/** Starts a writer and gives what it was told is durable, up to the moment it was killed with at least `enough`. */
async function writeUntilKilled(path: string, enough: number): Promise<readonly string[]> {
  const child: ChildProcess = spawn(process.execPath, [writer.pathname, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const accepted: string[] = [];
  if (child.stdout) {
    for await (const guid of createInterface({ input: child.stdout })) {
      accepted.push(guid);
      if (accepted.length === enough) child.kill('SIGKILL');
    }
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return accepted;
}

test('processes that start at once share a database, and kill -9 loses nothing that was accepted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clawbench-storage-'));
  const path = join(folder, 'clawbench.db');
  const written = await Promise.all([60, 40, 20].map((enough) => writeUntilKilled(path, enough)));
  const guids = written.flat();
  expect(guids.length).toBeGreaterThanOrEqual(120);
  const stores = openSqlite({ path, log: silentLog });
  expect(await stores.migrate()).toEqual([]);
  for (const guid of guids) {
    const again = { guid, event: 'ping', body: Buffer.from(guid), receivedAt: 1_000 };
    expect(await stores.deliveries.receive(again)).toBe('pending');
  }
  await stores.close();
  const file = new Sqlite(path);
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
  file.close();
  await rm(folder, { recursive: true });
}, 60_000);
