import Sqlite from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { silentLog } from '../../src/main/pino-log.ts';
import { openPostgres } from '../../src/storage/kysely/open-postgres.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';
import type { Stores } from '../../src/storage/stores.ts';
import { freshPostgresDatabase } from '../world/postgres-database.ts';
import { startPostgresServer } from '../world/postgres-server.ts';
import { nextRunId, queueRun } from '../world/run-samples.ts';
import type { BenchRow } from './row.ts';

const claims = 2_000;
const trialsPerRun = 100;
const deliveries = 6_000;
const concurrentDeliveries = 64;
const payload = Buffer.from(
  JSON.stringify({ action: 'created', comment: { id: 1, body: 'x'.repeat(20_000) } }),
);

/** What the stores are measured against: the raw driver on the same database, doing one thing a claim cannot do without. */
interface Floor {
  readonly workers: readonly (() => Promise<unknown>)[];
  readonly end: () => Promise<void>;
}

/** How often a second `workers` together do one thing, `times` in all. */
async function rate(times: number, workers: readonly (() => Promise<unknown>)[]): Promise<number> {
  let begun = 0;
  const startedAt = performance.now();
  await Promise.all(
    workers.map(async (work) => {
      while (begun < times) {
        begun += 1;
        await work();
      }
    }),
  );
  return times / ((performance.now() - startedAt) / 1_000);
}

async function claimRate(stores: Stores, workers: number): Promise<number> {
  for (let queued = 0; queued < claims; queued += trialsPerRun) await queueRun(stores, trialsPerRun);
  const claimers = Array.from({ length: workers }, (_, index) => async () => {
    const request = { workerId: `worker-${index}`, now: Date.now(), ttlMs: 45_000 };
    if (!(await stores.trials.claim(request))) throw new Error('the queue ran dry');
  });
  return rate(claims, claimers);
}

const bareClaim = (locking: string): string => `update trials set status = 'bare' where id = (
  select id from trials where status = 'queued' order by run_id, position limit 1 ${locking}) returning *`;

async function claimRow(
  label: string,
  stores: Stores,
  workers: number,
  openFloor: (workers: number) => Promise<Floor>,
): Promise<BenchRow> {
  const value = await claimRate(stores, workers);
  for (let queued = 0; queued < claims; queued += trialsPerRun) await queueRun(stores, trialsPerRun);
  const floor = await openFloor(workers);
  const bare = await rate(claims, floor.workers);
  await floor.end();
  return {
    name: `claims on ${label}, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
    value,
    unit: '/s',
    floor: { name: 'bare update … returning', value: bare },
    ratio: value / bare,
  };
}

async function inboxRow(label: string, { deliveries: inbox }: Stores): Promise<BenchRow> {
  const receivers = Array.from({ length: concurrentDeliveries }, () => () => {
    const delivery = { guid: nextRunId(), event: 'issue_comment', body: payload, receivedAt: Date.now() };
    return inbox.receive(delivery);
  });
  return {
    name: `deliveries of 20 KB received on ${label}`,
    value: await rate(deliveries, receivers),
    unit: '/s',
    goal: { atLeast: 5_000 },
  };
}

async function benchSqlite(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clawbench-bench-'));
  const path = join(folder, 'clawbench.db');
  const stores = openSqlite({ path, log: silentLog });
  await stores.migrate();
  const openFloor = async (workers: number): Promise<Floor> => {
    const file = new Sqlite(path);
    file.pragma('synchronous = normal');
    const statement = file.prepare(bareClaim(''));
    return {
      workers: Array.from({ length: workers }, () => async () => statement.all()),
      end: async () => {
        file.close();
      },
    };
  };
  const rows = [
    await claimRow('SQLite', stores, 1, openFloor),
    await claimRow('SQLite', stores, 8, openFloor),
    await inboxRow('SQLite', stores),
  ];
  await stores.close();
  rmSync(folder, { recursive: true });
  return rows;
}

async function benchPostgres(): Promise<readonly BenchRow[]> {
  const server = await startPostgresServer({ durable: true });
  const { url } = await freshPostgresDatabase(server.url);
  const stores = openPostgres({ url, log: silentLog });
  await stores.migrate();
  const openFloor = async (workers: number): Promise<Floor> => {
    const pool = new pg.Pool({ connectionString: url, max: workers });
    return {
      workers: Array.from({ length: workers }, () => () => pool.query(bareClaim('for update skip locked'))),
      end: () => pool.end(),
    };
  };
  const rows = [
    await claimRow('PostgreSQL', stores, 1, openFloor),
    await claimRow('PostgreSQL', stores, 8, openFloor),
    await inboxRow('PostgreSQL', stores),
  ];
  await stores.close();
  await server.stop();
  return rows;
}

/** Claims and durable deliveries a second on both databases. A claim also fences, keeps the lease's history and tells. */
export async function benchStorage(): Promise<readonly BenchRow[]> {
  return [...(await benchSqlite()), ...(await benchPostgres())];
}
