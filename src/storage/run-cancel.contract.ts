import { describe, expect } from 'vitest';
import { nextRunId, queueRun } from '../../tests/world/run-samples.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

const request = { workerId: 'worker-1', now: 2_000, ttlMs: 45_000 };

/** Cancelling in every implementation of RunStore, with the trials it concerns. */
export function runCancelContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('runs: cancel', () => {
    test('ends the trials nobody holds, tells, and leaves the others to their worker', async ({ stores }) => {
      const { run } = await queueRun(stores, 3);
      const claim = await stores.trials.claim(request);
      expect(await stores.runs.requestCancel(run.id, 'octocat', 5_000)).toBe('requested');
      const cancelled = await stores.runs.get(run.id);
      expect(cancelled?.cancelRequest).toEqual({ by: 'octocat', at: 5_000 });
      expect(cancelled?.status).toBe('queued');
      expect((await stores.trials.ofRun(run.id)).map((trial) => [trial.status, trial.outcome])).toEqual([
        ['leased', null],
        ['cancelled', { kind: 'cancelled', by: 'octocat' }],
        ['cancelled', { kind: 'cancelled', by: 'octocat' }],
      ]);
      expect((await stores.events.read(run.id, 2, 10)).map(({ event }) => event.type)).toEqual([
        'run-cancel-requested',
        'trial-finished',
        'trial-finished',
      ]);
      expect(await stores.trials.claim(request)).toBeUndefined();
      expect(claim && (await stores.trials.heartbeat(claim.lease, 6_000, 45_000))).toMatchObject({
        kind: 'renewed',
        cancelRequestedBy: 'octocat',
      });
    });

    test('is asked for once, and never of a run that is over or unknown', async ({ stores }) => {
      const { run } = await queueRun(stores, 0);
      expect(await stores.runs.requestCancel(run.id, 'first', 1)).toBe('requested');
      expect(await stores.runs.requestCancel(run.id, 'second', 2)).toBe('already');
      expect((await stores.runs.get(run.id))?.cancelRequest).toEqual({ by: 'first', at: 1 });
      const event = { type: 'run-finalizing' } as const;
      await stores.runs.transition(run.id, { from: 'queued', to: 'finalizing', at: 3 }, {}, event);
      await stores.runs.transition(run.id, { from: 'finalizing', to: 'cancelled', at: 4 }, {}, event);
      expect(await stores.runs.requestCancel(run.id, 'third', 5)).toBe('too-late');
      expect(await stores.runs.requestCancel(nextRunId(), 'fourth', 6)).toBe('not-found');
    });

    test('of many at the same moment one is recorded', async ({ stores, world }) => {
      const { run } = await queueRun(stores, 2);
      const other = world.another();
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 === 0 ? stores : other).runs.requestCancel(run.id, `person-${index}`, 5),
        ),
      );
      expect(answers.sort()).toEqual(['already', 'already', 'already', 'already', 'already', 'requested']);
      const told = (await stores.events.read(run.id, 0, 100)).map(({ event }) => event.type);
      expect(told.filter((type) => type === 'run-cancel-requested')).toHaveLength(1);
    });

    test('a trial given back or expired after it ends cancelled, not queued', async ({ stores }) => {
      const { run } = await queueRun(stores, 2);
      const released = await stores.trials.claim(request);
      const expired = await stores.trials.claim(request);
      await stores.runs.requestCancel(run.id, 'octocat', 3_000);
      if (released) await stores.trials.release(released.lease, 4_000, 'worker stops');
      expect(await stores.trials.expire(100_000, 3)).toEqual([
        { trialId: expired?.trial.id, runId: run.id, became: 'cancelled' },
      ]);
      const statuses = (await stores.trials.ofRun(run.id)).map(({ status }) => status);
      expect(statuses).toEqual(['cancelled', 'cancelled']);
    });

    test('racing with claims leaves no trial queued', async ({ stores, world }) => {
      const other = world.another();
      for (let round = 0; round < 5; round += 1) {
        const { run } = await queueRun(stores, 6);
        const claims = Array.from({ length: 6 }, () => other.trials.claim(request));
        await stores.runs.requestCancel(run.id, 'octocat', 3_000);
        await Promise.all(claims);
        const trials = await stores.trials.ofRun(run.id);
        expect(trials.filter(({ status }) => status !== 'leased' && status !== 'cancelled')).toEqual([]);
        expect(await stores.trials.expire(999_999, 3)).toHaveLength(
          trials.filter(({ status }) => status === 'leased').length,
        );
      }
    });
  });
}
