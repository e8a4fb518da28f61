import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  nextRunId,
  queuedEvent,
  queueRun,
  sampleOrigin,
  sampleRun,
  sampleSpec,
  sampleTrials,
} from '../../tests/world/run-samples.ts';
import type { RunResult } from '../domain/run-result.ts';
import { canRunMove, type RunStatus, runStatuses } from '../domain/run.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

const result: RunResult = {
  score: {
    mean: 0.5,
    interval: { low: 0.1, high: 0.9, level: 0.95, method: 'wilson' },
  },
  counts: { registered: 2, solved: 1, unsolved: 1, faulted: 0, cancelled: 0 },
  spend: { calls: 3, inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, cost: null },
  durationMs: 1_234,
  eligibility: { eligible: false, gates: [{ id: 'scripted', status: 'fail', reason: 'scripted model' }] },
  digest: 'sha256:result',
};

/** Every implementation of RunStore. */
export function runStoreContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('runs: creation', () => {
    test('a created run is stored whole, with its trials and its first event', async ({ stores }) => {
      const run = sampleRun();
      const trials = sampleTrials(2);
      const creation = await stores.runs.create(run, trials, queuedEvent(2));
      expect(creation).toEqual({
        kind: 'created',
        run: {
          ...run,
          status: 'queued',
          cancelRequest: null,
          result: null,
          startedAt: null,
          finishedAt: null,
        },
      });
      expect(await stores.runs.get(run.id)).toEqual(creation.run);
      expect((await stores.trials.ofRun(run.id)).map(({ id }) => id)).toEqual(trials.map(({ id }) => id));
      expect(await stores.events.read(run.id, 0, 10)).toEqual([
        { runId: run.id, seq: 1, at: run.createdAt, trialId: null, event: queuedEvent(2) },
      ]);
    });

    test('hostile text in a request comes back as it went in', async ({ stores }) => {
      const requestedBy = '\'; drop table runs; -- "\\ <script> 👩‍💻 \u202E';
      const { run } = await queueRun(stores, 0, { origin: { ...sampleOrigin('k'), requestedBy } });
      expect((await stores.runs.get(run.id))?.origin.requestedBy).toBe(requestedBy);
    });

    test('a request that is delivered again makes no second run', async ({ stores }) => {
      const first = await queueRun(stores, 1, { origin: sampleOrigin('gh:comment:1:0') });
      const again = sampleRun({ origin: sampleOrigin('gh:comment:1:0') });
      const creation = await stores.runs.create(again, sampleTrials(1), queuedEvent(1));
      expect(creation).toEqual({ kind: 'duplicate', run: first.run });
      expect(await stores.runs.get(again.id)).toBeUndefined();
      expect(await stores.trials.ofRun(again.id)).toEqual([]);
    });

    test('of deliveries at the same moment exactly one makes the run', async ({ stores, world }) => {
      const other = world.another();
      const creations = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? stores : other).runs.create(
            sampleRun({ origin: sampleOrigin('same') }),
            sampleTrials(3),
            queuedEvent(3),
          ),
        ),
      );
      expect(creations.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(new Set(creations.map(({ run }) => run.id)).size).toBe(1);
      expect(await stores.runs.list({ limit: 200 })).toHaveLength(1);
    });

    test('a run with thousands of trials is stored in one go', async ({ stores }) => {
      const { run } = await queueRun(stores, 3_000);
      expect(await stores.trials.ofRun(run.id)).toHaveLength(3_000);
    });

    test('an id that is taken is a conflict, and nothing of the new run stays', async ({ stores }) => {
      const { run, trials } = await queueRun(stores, 1);
      const fresh = sampleRun();
      await expect(stores.runs.create(fresh, trials, queuedEvent(1))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await stores.runs.get(fresh.id)).toBeUndefined();
      expect(await stores.runs.list({ limit: 10 })).toEqual([run]);
    });

    test('a run nobody stored is undefined', async ({ stores }) => {
      expect(await stores.runs.get(nextRunId())).toBeUndefined();
    });
  });

  describe('runs: lists', () => {
    test('newest first, filtered and paged', async ({ stores }) => {
      const { run: first } = await queueRun(stores, 0);
      const canary = { ...sampleSpec, lane: 'canary' } as const;
      const { run: second } = await queueRun(stores, 0, { spec: canary });
      const elsewhere = { ...sampleOrigin('elsewhere'), thread: null };
      const { run: third } = await queueRun(stores, 0, { origin: elsewhere });
      await stores.runs.transition(
        first.id,
        { from: 'queued', to: 'running', at: 2_000 },
        {},
        { type: 'run-started' },
      );
      const ids = async (filter: Parameters<typeof stores.runs.list>[0]) =>
        (await stores.runs.list(filter)).map(({ id }) => id);
      expect(await ids({ limit: 10 })).toEqual([third.id, second.id, first.id]);
      expect(await ids({ limit: 2 })).toEqual([third.id, second.id]);
      expect(await ids({ limit: 10, before: second.id })).toEqual([first.id]);
      expect(await ids({ limit: 10, lane: 'canary' })).toEqual([second.id]);
      expect(await ids({ limit: 10, statuses: ['running'] })).toEqual([first.id]);
      expect(await ids({ limit: 10, statuses: [] })).toEqual([]);
      expect(await ids({ limit: 10, thread: 'gh:octo-org/agent#pr:17' })).toEqual([second.id, first.id]);
    });

    test('the place in the queue counts live runs created before', async ({ stores }) => {
      const { run: first } = await queueRun(stores, 0);
      const { run: second } = await queueRun(stores, 0);
      const { run: third } = await queueRun(stores, 0);
      expect(await stores.runs.countAhead(first.id)).toBe(0);
      expect(await stores.runs.countAhead(third.id)).toBe(2);
      const event = { type: 'run-finalizing' } as const;
      await stores.runs.transition(second.id, { from: 'queued', to: 'finalizing', at: 2 }, {}, event);
      expect(await stores.runs.countAhead(third.id)).toBe(2);
      await stores.runs.transition(second.id, { from: 'finalizing', to: 'cancelled', at: 3 }, {}, event);
      expect(await stores.runs.countAhead(third.id)).toBe(1);
    });
  });

  describe('runs: transitions', () => {
    test('a move sets its facts and tells, once', async ({ stores }) => {
      const { run } = await queueRun(stores, 0);
      const started = { from: 'queued', to: 'running', at: 2_000 } as const;
      const event = { type: 'run-started' } as const;
      expect(await stores.runs.transition(run.id, started, { startedAt: 2_000 }, event)).toBe(true);
      expect(await stores.runs.transition(run.id, started, { startedAt: 9_999 }, event)).toBe(false);
      expect(await stores.runs.get(run.id)).toEqual({ ...run, status: 'running', startedAt: 2_000 });
      expect((await stores.events.read(run.id, 1, 10)).map(({ seq, at }) => [seq, at])).toEqual([[2, 2_000]]);
    });

    test('a result is stored whole', async ({ stores }) => {
      const { run } = await queueRun(stores, 0);
      const event = { type: 'run-finalizing' } as const;
      await stores.runs.transition(run.id, { from: 'queued', to: 'finalizing', at: 2 }, {}, event);
      const finished = { from: 'finalizing', to: 'finished', at: 3 } as const;
      await stores.runs.transition(
        run.id,
        finished,
        { finishedAt: 3, result },
        { type: 'run-finished', mean: 0.5, solved: 1, registered: 2 },
      );
      expect(await stores.runs.get(run.id)).toMatchObject({ status: 'finished', finishedAt: 3, result });
    });

    test('of movers at the same moment exactly one is first', async ({ stores, world }) => {
      const { run } = await queueRun(stores, 0);
      const other = world.another();
      const moves = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? stores : other).runs.transition(
            run.id,
            { from: 'queued', to: 'running', at: 2 },
            {},
            { type: 'run-started' },
          ),
        ),
      );
      expect(moves.filter(Boolean)).toHaveLength(1);
      expect(await stores.events.read(run.id, 0, 10)).toHaveLength(2);
    });

    test('a random walk moves exactly as the table says', async ({ stores }) => {
      const move = fc.record({ from: fc.constantFrom(...runStatuses), to: fc.constantFrom(...runStatuses) });
      await fc.assert(
        fc.asyncProperty(fc.array(move, { maxLength: 12 }), async (moves) => {
          const { run } = await queueRun(stores, 0);
          let status: RunStatus = 'queued';
          let told = 1;
          for (const { from, to } of moves) {
            const moved = stores.runs
              .transition(run.id, { from, to, at: 1 }, {}, { type: 'run-started' })
              .catch((error: { code: string }) => error.code);
            expect(await moved).toBe(canRunMove(from, to) ? from === status : 'conflict');
            if ((await moved) === true) {
              status = to;
              told += 1;
            }
          }
          expect((await stores.runs.get(run.id))?.status).toBe(status);
          expect(await stores.events.read(run.id, 0, 100)).toHaveLength(told);
        }),
        { numRuns: 40 },
      );
    });
  });
}
