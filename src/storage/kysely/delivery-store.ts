import { type Transaction, sql } from 'kysely';
import { promisify } from 'node:util';
import { constants, zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { type Delivery, type DeliveryStore, maxDeliveryBytes, type NewDelivery } from '../delivery-store.ts';
import { type SqlDatabase, storableText } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import type { DeliveryRow, Tables } from './tables.ts';

const decompress = promisify(zstdDecompress);
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

type Receipt = 'accepted' | 'pending' | 'done';

export class SqlDeliveryStore implements DeliveryStore {
  readonly #database: SqlDatabase;
  readonly #inbox: GroupCommit<DeliveryRow, Receipt>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#inbox = new GroupCommit(
      (rows) => database.writeDurably((transaction) => receiveAll(transaction, rows)),
      { batch: 200, waiting: 5_000 },
    );
  }

  async receive(delivery: NewDelivery): Promise<Receipt> {
    const { byteLength } = delivery.body;
    if (byteLength > maxDeliveryBytes) {
      throw new ClawBenchError('limit-reached', `a delivery of ${byteLength} bytes is not one of GitHub`);
    }
    return this.#inbox.add(deliveryRow(delivery, zstdCompressSync(delivery.body, fast)));
  }

  async claim(now: Timestamp, visibilityMs: number): Promise<Delivery | undefined> {
    const row = await this.#database.write(async (transaction) => {
      const oldest = transaction
        .selectFrom('deliveries')
        .select('guid')
        .where('status', '=', 'pending')
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .orderBy('guid')
        .limit(1);
      const due = await this.#database.locking(oldest, 'skip-locked', 'deliveries').executeTakeFirst();
      if (!due) return undefined;
      return transaction
        .updateTable('deliveries')
        .set((columns) => ({ attempts: columns('attempts', '+', 1), due_at: now + visibilityMs }))
        .where('guid', '=', due.guid)
        .returningAll()
        .executeTakeFirst();
    });
    return row && deliveryOf(row, await decompress(row.body_zstd, { maxOutputLength: maxDeliveryBytes }));
  }

  async complete(guid: string, at: Timestamp): Promise<void> {
    await this.#database.query((db) =>
      db
        .updateTable('deliveries')
        .set({ status: 'done', finished_at: at, error: null })
        .where('guid', '=', guid)
        .execute(),
    );
  }

  async fail(guid: string, error: string, retryAt: Timestamp | null): Promise<void> {
    await this.#database.query((db) =>
      db
        .updateTable('deliveries')
        .set((columns) => ({
          error: storableText(error),
          ...(retryAt === null
            ? // Nobody says when: the end of its last claim is close enough for pruning.
              { status: 'failed' as const, finished_at: columns.ref('due_at') }
            : { due_at: retryAt }),
        }))
        .where('guid', '=', guid)
        .where('status', '=', 'pending')
        .execute(),
    );
  }

  async countPending(): Promise<number> {
    const { pending } = await this.#database.query((db) =>
      db
        .selectFrom('deliveries')
        .select(sql<number>`count(*)`.as('pending'))
        .where('status', '=', 'pending')
        .executeTakeFirstOrThrow(),
    );
    return pending;
  }

  async prune(before: Timestamp): Promise<number> {
    const { numDeletedRows } = await this.#database.query((db) =>
      db.deleteFrom('deliveries').where('finished_at', '<', before).executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  }
}

/** Writes a batch of deliveries and says of each, in order, what it found. */
async function receiveAll(
  transaction: Transaction<Tables>,
  deliveries: readonly DeliveryRow[],
): Promise<readonly Receipt[]> {
  const accepted = await transaction
    .insertInto('deliveries')
    .values(deliveries)
    .onConflict((conflict) => conflict.column('guid').doNothing())
    .returning('guid')
    .execute();
  const fresh = new Set(accepted.map(({ guid }) => guid));
  const known = deliveries.map(({ guid }) => guid).filter((guid) => !fresh.has(guid));
  const done = known.length > 0 ? await reviveFailed(transaction, known, fresh) : new Set<string>();
  return deliveries.map(({ guid }) => {
    if (fresh.delete(guid)) return 'accepted';
    return done.has(guid) ? 'done' : 'pending';
  });
}

/** Makes given-up deliveries wait again, adding them to `fresh`; answers those that are done. */
async function reviveFailed(
  transaction: Transaction<Tables>,
  guids: readonly string[],
  fresh: Set<string>,
): Promise<ReadonlySet<string>> {
  const revived = await transaction
    .updateTable('deliveries')
    .set((columns) => ({
      status: 'pending' as const,
      attempts: 0,
      due_at: columns.ref('received_at'),
      finished_at: null,
    }))
    .where('guid', 'in', guids)
    .where('status', '=', 'failed')
    .returning('guid')
    .execute();
  for (const { guid } of revived) fresh.add(guid);
  const done = await transaction
    .selectFrom('deliveries')
    .select('guid')
    .where('guid', 'in', guids)
    .where('status', '=', 'done')
    .execute();
  return new Set(done.map(({ guid }) => guid));
}

function deliveryOf(row: DeliveryRow, body: Uint8Array): Delivery {
  const { guid, event, attempts, received_at: receivedAt } = row;
  return { guid, event, body, attempts, receivedAt };
}

function deliveryRow({ guid, event, receivedAt }: NewDelivery, bodyZstd: Uint8Array): DeliveryRow {
  return {
    guid: storableText(guid),
    event: storableText(event),
    status: 'pending',
    attempts: 0,
    received_at: receivedAt,
    due_at: receivedAt,
    finished_at: null,
    error: null,
    body_zstd: bodyZstd,
  };
}
