import { describe, expect } from 'vitest';
import { claimNext, queueRun, sampleSpec } from '../../tests/world/run-samples.ts';
import { maxTries } from '../domain/lease.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

const request = { workerId: 'worker-1', now: 2_000, ttlMs: 45_000 };

/** Claims, heartbeats, releases and expiry in every implementation of TrialStore. */
export function trialClaimContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('trials: claim', () => {
    test('gives the oldest run’s trials first, in their order', async ({ stores }) => {
      const older = await queueRun(stores, 2);
      const newer = await queueRun(stores, 1);
      const claims = [await claimNext(stores), await claimNext(stores), await claimNext(stores)];
      expect(claims.map(({ trial }) => trial.id)).toEqual(
        [...older.trials, ...newer.trials].map(({ id }) => id),
      );
      expect(await stores.trials.claim(request)).toBeUndefined();
    });

    test('carries the trial, its run and a lease, and is told', async ({ stores }) => {
      const { run, trials } = await queueRun(stores, 1);
      const claim = await claimNext(stores);
      expect(claim.run).toEqual({ ...run, spec: sampleSpec });
      expect(claim.trial).toMatchObject({ id: trials[0]?.id, status: 'leased', tries: 1, startedAt: 2_000 });
      expect(claim.lease).toMatchObject({
        trialId: trials[0]?.id,
        runId: run.id,
        workerId: 'worker-1',
        token: 1,
        expiresAt: 47_000,
      });
      expect(await stores.trials.get(claim.trial.id)).toEqual(claim.trial);
      expect((await stores.events.read(run.id, 1, 10)).map(({ at, event }) => ({ at, event }))).toEqual([
        { at: 2_000, event: { type: 'trial-leased', worker: 'worker-1', attempt: 1 } },
      ]);
    });

    test('of two at once one gets the trial', async ({ stores, world }) => {
      await queueRun(stores, 1);
      const other = world.another();
      const claims = await Promise.all([
        stores.trials.claim(request),
        other.trials.claim({ ...request, workerId: 'worker-2' }),
      ]);
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    test('eight workers claim 200 trials, each exactly once', async ({ stores, world }) => {
      const runs = [await queueRun(stores, 120), await queueRun(stores, 80)];
      const workers = Array.from({ length: 8 }, (_, index) => ({
        workerId: `worker-${index}`,
        trials: index % 2 === 0 ? stores.trials : world.another().trials,
      }));
      const claimed = await Promise.all(
        workers.map(async ({ workerId, trials }) => {
          const ids: string[] = [];
          for (;;) {
            const claim = await trials.claim({ ...request, workerId });
            if (!claim) return ids;
            ids.push(claim.trial.id);
          }
        }),
      );
      const expected = runs.flatMap(({ trials }) => trials.map(({ id }) => id));
      expect(claimed.flat().sort()).toEqual(expected.sort());
      for (const { run, trials } of runs) {
        const events = await stores.events.read(run.id, 0, 1_000);
        expect(events.map(({ seq }) => seq)).toEqual(
          Array.from({ length: trials.length + 1 }, (_, i) => i + 1),
        );
      }
    }, 60_000);
  });

  describe('trials: heartbeat', () => {
    test('moves the end of the lease, whatever the clock says', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease, trial } = await claimNext(stores);
      const renewed = await stores.trials.heartbeat(lease, 60_000, 45_000);
      expect(renewed).toMatchObject({ kind: 'renewed', cancelRequestedBy: null });
      expect(renewed.kind === 'renewed' && renewed.lease).toMatchObject({ token: 1, expiresAt: 105_000 });
      expect(await stores.trials.expire(104_999, maxTries)).toEqual([]);
      expect(await stores.trials.expire(105_000, maxTries)).toMatchObject([{ trialId: trial.id }]);
    });

    test('of a worker that died is not waited for, and of no other is cut short', async ({ stores }) => {
      await queueRun(stores, 2);
      const dead = await claimNext(stores, { workerId: 'dead' });
      const alive = await claimNext(stores, { workerId: 'alive' });
      expect(await stores.trials.abandon((workerId) => workerId === 'dead', 3_000)).toBe(1);
      expect(await stores.trials.abandon((workerId) => workerId === 'dead', 3_000)).toBe(0);
      expect(await stores.trials.expire(3_000, maxTries)).toMatchObject([
        { trialId: dead.trial.id, became: 'queued' },
      ]);
      expect(await stores.trials.heartbeat(dead.lease, 3_000, 45_000)).toEqual({ kind: 'lost' });
      expect(await stores.trials.heartbeat(alive.lease, 3_000, 45_000)).toMatchObject({ kind: 'renewed' });
    });

    test('is lost once the trial expired, and stays lost when another has it', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await stores.trials.expire(47_000, maxTries);
      expect(await stores.trials.heartbeat(lease, 48_000, 45_000)).toEqual({ kind: 'lost' });
      const second = await claimNext(stores, { workerId: 'worker-2', now: 50_000 });
      expect(await stores.trials.heartbeat(lease, 51_000, 45_000)).toEqual({ kind: 'lost' });
      expect(await stores.trials.heartbeat(second.lease, 51_000, 45_000)).toMatchObject({ kind: 'renewed' });
    });
  });

  describe('trials: expiry', () => {
    test('queues a trial again until its tries are used up, then it is our fault', async ({ stores }) => {
      const { run, trials } = await queueRun(stores, 1);
      const trialId = trials[0]?.id;
      for (const attempt of [1, 2]) {
        const claim = await claimNext(stores, { now: attempt * 100_000 });
        expect(claim.trial.tries).toBe(attempt);
        expect(claim.lease.token).toBe(attempt);
        expect(await stores.trials.expire(attempt * 100_000 + 45_000, 3)).toEqual([
          { trialId, runId: run.id, became: 'queued' },
        ]);
      }
      await claimNext(stores, { now: 300_000 });
      expect(await stores.trials.expire(345_000, 3)).toEqual([{ trialId, runId: run.id, became: 'faulted' }]);
      const [ended] = await stores.trials.ofRun(run.id);
      expect(ended).toMatchObject({
        status: 'faulted',
        tries: 3,
        outcome: { kind: 'faulted', fault: 'service' },
        startedAt: 100_000,
        finishedAt: 345_000,
      });
      const types = (await stores.events.read(run.id, 0, 100)).map(({ event }) => event.type);
      expect(types.slice(1)).toEqual([
        'trial-leased',
        'trial-requeued',
        'trial-leased',
        'trial-requeued',
        'trial-leased',
        'trial-finished',
      ]);
      expect(await stores.trials.claim(request)).toBeUndefined();
    });

    test('of two sweeps at once each trial is told of once', async ({ stores, world }) => {
      await queueRun(stores, 20);
      for (let claimed = 0; claimed < 20; claimed += 1) await claimNext(stores);
      const sweeps = await Promise.all([
        stores.trials.expire(99_000, 3),
        world.another().trials.expire(99_000, 3),
      ]);
      const ids = sweeps.flat().map(({ trialId }) => trialId);
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
    });

    test('a new try starts with nothing of the last one’s sandbox but keeps what was spent', async ({
      stores,
    }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const sandbox = {
        provider: 'docker',
        id: 'f'.repeat(64),
        image: 'clawbench-base',
        imageDigest: 'sha256:i',
      };
      const spend = { calls: 2, inputTokens: 50, cachedInputTokens: 10, outputTokens: 7, cost: 123 };
      await stores.trials.advance(lease, 'preparing', { sandbox, spend, turns: 4 }, []);
      expect(await stores.trials.get(lease.trialId)).toMatchObject({ sandbox, spend, turns: 4 });
      await stores.trials.expire(47_000, 3);
      const { trial } = await claimNext(stores, { now: 50_000 });
      expect(trial).toMatchObject({ sandbox: null, turns: 0, spend, tries: 2, startedAt: 2_000 });
    });
  });

  describe('trials: release', () => {
    test('queues the trial again, and the try does not count', async ({ stores }) => {
      const { run } = await queueRun(stores, 1);
      for (let round = 1; round <= maxTries + 2; round += 1) {
        const { lease, trial } = await claimNext(stores);
        expect(trial.tries).toBe(1);
        expect(lease.token).toBe(round);
        await stores.trials.release(lease, 3_000, 'the worker stops');
      }
      const [trial] = await stores.trials.ofRun(run.id);
      expect(trial).toMatchObject({ status: 'queued', tries: 0 });
      const last = (await stores.events.read(run.id, 0, 100)).at(-1);
      expect(last?.event).toEqual({ type: 'trial-requeued', reason: 'the worker stops' });
    });
  });
}
