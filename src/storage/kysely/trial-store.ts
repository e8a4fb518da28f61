import type { Timestamp } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId, TrialId } from '../../domain/ids.ts';
import { Lease } from '../../domain/lease.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { heldTrialStatuses, type Trial, type TrialStatus } from '../../domain/trial.ts';
import type {
  Claim,
  ClaimRequest,
  ExpiredTrial,
  HeartbeatResult,
  StampedTrialEvent,
  TrialPatch,
  TrialStore,
} from '../trial-store.ts';
import { claimTrial } from './claim.ts';
import type { SqlDatabase } from './database.ts';
import { appendEvents } from './event-log.ts';
import { cutLeases, expireTrial, expiredTrialIds, openLeases } from './expiry.ts';
import { holdTrial, lockCancelRequest } from './fencing.ts';
import { assertTrialMove, endTrial, requeueTrial } from './trial-endings.ts';
import { trialColumns, trialOf } from './trial-rows.ts';

export class SqlTrialStore implements TrialStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async claim(request: ClaimRequest): Promise<Claim | undefined> {
    for (;;) {
      const claim = await this.#database.write((transaction) =>
        claimTrial(this.#database, transaction, request),
      );
      if (claim !== 'cancelled') return claim;
    }
  }

  async heartbeat(lease: Lease, now: Timestamp, ttlMs: number): Promise<HeartbeatResult> {
    const { trialId, runId, workerId, token } = lease;
    const expiresAt = now + ttlMs;
    return this.#database.write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('trials')
        .set({ lease_expires_at: expiresAt })
        .where('id', '=', trialId)
        .where('lease_token', '=', token)
        .where('status', 'in', [...heldTrialStatuses])
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return { kind: 'lost' };
      const run = await transaction
        .selectFrom('runs')
        .select('cancelled_by')
        .where('id', '=', runId)
        .executeTakeFirstOrThrow();
      return {
        kind: 'renewed',
        lease: Lease.grant({ trialId, runId, workerId, token, expiresAt }),
        cancelRequestedBy: run.cancelled_by,
      };
    });
  }

  async advance(
    lease: Lease,
    to: TrialStatus | undefined,
    patch: TrialPatch,
    events: readonly StampedTrialEvent[],
  ): Promise<void> {
    await this.#database.write(async (transaction) => {
      const row = await holdTrial(this.#database, transaction, lease);
      if (to !== undefined) assertAdvance(trialOf(row).status, to);
      const columns = { ...trialColumns(patch), ...(to !== undefined && { status: to }) };
      if (Object.keys(columns).length > 0) {
        await transaction.updateTable('trials').set(columns).where('id', '=', lease.trialId).execute();
      }
      if (events.length === 0) return;
      const told = events.map((event) => ({ ...event, trialId: lease.trialId }));
      await appendEvents(transaction, lease.runId, told);
    });
  }

  async finish(lease: Lease, outcome: Outcome, ending: Parameters<TrialStore['finish']>[2]): Promise<void> {
    await this.#database.write(async (transaction) => {
      const row = await holdTrial(this.#database, transaction, lease);
      await endTrial(transaction, row, outcome, { ...ending, lease: 'finished' });
    });
  }

  async release(lease: Lease, at: Timestamp, reason: string): Promise<void> {
    await this.#database.write(async (transaction) => {
      const row = await holdTrial(this.#database, transaction, lease);
      const by = await lockCancelRequest(this.#database, transaction, lease.runId);
      if (by === null) {
        const tries = row.tries - 1;
        await requeueTrial(transaction, row, { at, lease: 'released', reason, tries });
      } else {
        await endTrial(transaction, row, { kind: 'cancelled', by }, { at, lease: 'released' });
      }
    });
  }

  async expire(now: Timestamp, maxTries: number): Promise<readonly ExpiredTrial[]> {
    const expired: ExpiredTrial[] = [];
    for (const id of await this.#database.query((db) => expiredTrialIds(db, now))) {
      const trial = await this.#database.write((transaction) =>
        expireTrial(this.#database, transaction, id, { now, maxTries }),
      );
      if (trial) expired.push(trial);
    }
    return expired;
  }

  async abandon(isDead: (workerId: string) => boolean, now: Timestamp): Promise<number> {
    const open = await this.#database.query((db) => openLeases(db, now));
    const dead = open.filter(({ workerId }) => isDead(workerId));
    if (dead.length === 0) return 0;
    return this.#database.write((transaction) => cutLeases(transaction, dead, now));
  }

  async get(id: TrialId): Promise<Trial | undefined> {
    const row = await this.#database.query((db) =>
      db.selectFrom('trials').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && trialOf(row);
  }

  async ofRun(runId: RunId): Promise<readonly Trial[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('trials')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('task_id')
        .orderBy('repetition')
        .execute(),
    );
    return rows.map(trialOf);
  }

  async isCurrent(trialId: TrialId, token: number): Promise<boolean> {
    const row = await this.#database.query((db) =>
      db
        .selectFrom('trials')
        .select('id')
        .where('id', '=', trialId)
        .where('lease_token', '=', token)
        .where('status', 'in', [...heldTrialStatuses])
        .executeTakeFirst(),
    );
    return row !== undefined;
  }
}

/** Advancing goes from held to held: the queue and the outcomes have their own methods. */
function assertAdvance(from: TrialStatus, to: TrialStatus): void {
  assertTrialMove(from, to);
  if (!heldTrialStatuses.some((held) => held === to)) {
    throw new ClawBenchError('conflict', `a trial does not advance from ${from} to ${to}`, {
      hint: 'Use finish for an outcome and release to give the trial back.',
    });
  }
}
