import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { claimNext, nextTrialId, queueRun } from '../../tests/world/run-samples.ts';
import { Lease } from '../domain/lease.ts';
import type { Outcome } from '../domain/outcome.ts';
import {
  canTrialMove,
  heldTrialStatuses,
  isTrialTerminal,
  type TrialStatus,
  trialStatuses,
} from '../domain/trial.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';
import type { Stores } from './stores.ts';

const outcomes: readonly Outcome[] = [
  { kind: 'graded', reward: 1, tests: { passed: 3, failed: 0, other: 0 } },
  { kind: 'limited', limit: 'turns', reward: 0.25, tests: null },
  { kind: 'cancelled', by: 'octocat' },
  { kind: 'faulted', fault: 'sandbox', message: 'the engine went away' },
];

const isHeld = (status: TrialStatus): boolean => heldTrialStatuses.some((held) => held === status);

/** Every write that takes a lease, by name. */
const fencedWrites: readonly (readonly [string, (stores: Stores, lease: Lease) => Promise<unknown>])[] = [
  ['advance', ({ trials }, lease) => trials.advance(lease, 'preparing', { turns: 9 }, [])],
  ['advance without a move', ({ trials }, lease) => trials.advance(lease, undefined, { turns: 9 }, [])],
  [
    'finish',
    ({ trials }, lease) =>
      trials.finish(lease, { kind: 'cancelled', by: 'x' }, { at: 1, patch: {}, events: [] }),
  ],
  ['release', ({ trials }, lease) => trials.release(lease, 1, 'x')],
  [
    'artifact',
    ({ artifacts }, lease) => artifacts.put(lease, { name: 'x', kind: 'x', bytes: Buffer.from('x') }),
  ],
  [
    'tool call',
    ({ toolCalls }, lease) =>
      toolCalls.begin(lease, { clientCallId: 'x', tool: 'x', argumentsDigest: 'x', at: 1 }),
  ],
  ['tool result', ({ toolCalls }, lease) => toolCalls.complete(lease, 'x', '{}', 1)],
];

/** Who may write about a trial, and which moves it takes, in every implementation of the stores. */
export function trialFencingContract(open: OpenStorage): void {
  const test = storageTest(open);

  /** Everything about a trial that a refused write must not change. */
  const picture = async (stores: Stores, { trialId, runId }: Lease) => ({
    trial: await stores.trials.get(trialId),
    events: await stores.events.read(runId, 0, 1_000),
    artifacts: await stores.artifacts.ofRun(runId),
  });

  const expectFenced = async (stores: Stores, lease: Lease): Promise<void> => {
    const before = await picture(stores, lease);
    for (const [name, write] of fencedWrites) {
      const error = await write(stores, lease).then(() => 'none', codeOf);
      expect([name, error]).toEqual([name, 'lease-lost']);
    }
    expect(await stores.trials.isCurrent(lease.trialId, lease.token)).toBe(false);
    expect(await picture(stores, lease)).toEqual(before);
  };

  describe('trials: fencing', () => {
    test('a lease that expired writes nothing, before and after another claim', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await stores.trials.expire(47_000, 3);
      await expectFenced(stores, lease);
      const second = await claimNext(stores, { workerId: 'worker-2', now: 50_000 });
      await expectFenced(stores, lease);
      expect(await stores.trials.isCurrent(lease.trialId, second.lease.token)).toBe(true);
      await stores.trials.advance(second.lease, 'preparing', {}, []);
    });

    test('a lease that ended by release or by the outcome writes nothing', async ({ stores }) => {
      await queueRun(stores, 1);
      const released = await claimNext(stores);
      await stores.trials.release(released.lease, 3_000, 'stop');
      await expectFenced(stores, released.lease);
      const finished = await claimNext(stores);
      await stores.trials.finish(
        finished.lease,
        { kind: 'cancelled', by: 'octocat' },
        { at: 4_000, patch: {}, events: [] },
      );
      await expectFenced(stores, finished.lease);
    });

    test('a lease of the future or of an unknown trial writes nothing', async ({ stores }) => {
      await queueRun(stores, 1);
      const { trialId, runId, workerId, expiresAt } = (await claimNext(stores)).lease;
      await expectFenced(stores, Lease.grant({ trialId, runId, workerId, expiresAt, token: 2 }));
      await expectFenced(
        stores,
        Lease.grant({ trialId: nextTrialId(), runId, workerId, expiresAt, token: 1 }),
      );
    });

    test('a lease that only the clock ended still writes', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores, { ttlMs: 1 });
      await stores.trials.advance(lease, 'preparing', {}, [
        { at: 999_999, event: { type: 'image-building', line: 'late' } },
      ]);
      expect(await stores.trials.isCurrent(lease.trialId, lease.token)).toBe(true);
    });
  });

  describe('trials: the way of one', () => {
    test('each outcome is stored whole, once, after the events before it', async ({ stores }) => {
      for (const outcome of outcomes) {
        const { run } = await queueRun(stores, 1);
        const { lease } = await claimNext(stores);
        for (const status of ['preparing', 'running', 'verifying'] as const) {
          await stores.trials.advance(lease, status, {}, []);
        }
        await stores.trials.finish(lease, outcome, {
          at: 9_000,
          patch: { turns: 5 },
          events: [{ at: 8_999, event: { type: 'sandbox-removed', durationMs: 12.5 } }],
        });
        expect(await stores.trials.get(lease.trialId)).toMatchObject({
          status: outcome.kind,
          outcome,
          turns: 5,
          finishedAt: 9_000,
        });
        expect((await stores.events.read(run.id, 2, 10)).map(({ event }) => event)).toEqual([
          { type: 'sandbox-removed', durationMs: 12.5 },
          { type: 'trial-finished', outcome },
        ]);
      }
    });

    test('what nobody could read back is refused', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await expect(
        stores.trials.advance(lease, undefined, {}, [
          { at: 1, event: { type: 'turn-started', turn: Number.NaN } },
        ]),
      ).rejects.toMatchObject({ code: 'internal' });
      const outcome = { kind: 'faulted', fault: 'task', message: 'x' } as const;
      await expect(
        stores.trials.finish(lease, outcome, {
          at: 1,
          patch: { spend: { calls: -1, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, cost: 0 } },
          events: [],
        }),
      ).rejects.toMatchObject({ code: 'internal' });
      expect((await stores.trials.get(lease.trialId))?.status).toBe('leased');
    });

    test('a random walk moves exactly as the table says', async ({ stores }) => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('advance' as const), to: fc.constantFrom(...trialStatuses) }),
        fc.record({ kind: fc.constant('finish' as const), outcome: fc.constantFrom(...outcomes) }),
        fc.record({ kind: fc.constant('release' as const) }),
        fc.record({ kind: fc.constant('expire' as const) }),
        fc.record({ kind: fc.constant('claim' as const) }),
      );
      type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
      let now = 1_000_000;
      const attempt = (lease: Lease, { kind, ...facts }: Step): Promise<unknown> => {
        if (kind === 'advance' && 'to' in facts) return stores.trials.advance(lease, facts.to, {}, []);
        if (kind === 'finish' && 'outcome' in facts) {
          return stores.trials.finish(lease, facts.outcome, { at: now, patch: {}, events: [] });
        }
        return stores.trials.release(lease, now, 'walk');
      };
      const walk = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        await queueRun(stores, 1);
        let { lease } = await claimNext(stores, { now });
        let status: TrialStatus = 'leased';
        for (const taken of steps) {
          now += 1_000;
          const before = status;
          const to = targetOf(taken, before);
          let seen = 'none';
          if (taken.kind === 'claim') {
            const claim = await stores.trials.claim({ workerId: 'worker-2', now, ttlMs: 500 });
            if (claim) ({ lease } = claim);
            else seen = 'nothing';
          } else if (taken.kind === 'expire') {
            const expired = await stores.trials.expire(now + 100_000, 1_000);
            if (expired.length === 0) seen = 'nothing';
          } else {
            seen = await attempt(lease, taken).then(() => 'none', codeOf);
          }
          expect(seen).toBe(expectedAnswer(before, to, taken.kind));
          if (seen === 'none') status = to;
          expect((await stores.trials.get(lease.trialId))?.status).toBe(status);
        }
        await endWalk(stores, now);
      });
      await fc.assert(walk, { numRuns: 60 });
    });
  });
}

type StepKind = 'advance' | 'finish' | 'release' | 'expire' | 'claim';

function targetOf(
  step: { readonly kind: StepKind; readonly to?: TrialStatus; readonly outcome?: Outcome },
  from: TrialStatus,
): TrialStatus {
  if (step.kind === 'claim') return 'leased';
  return step.to ?? step.outcome?.kind ?? (isHeld(from) ? 'queued' : from);
}

function expectedAnswer(from: TrialStatus, to: TrialStatus, kind: StepKind): string {
  if (kind === 'claim') return from === 'queued' ? 'none' : 'nothing';
  if (!isHeld(from)) return kind === 'expire' ? 'nothing' : 'lease-lost';
  if (!canTrialMove(from, to)) return 'conflict';
  return kind === 'advance' && (to === 'queued' || isTrialTerminal(to)) ? 'conflict' : 'none';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** Leaves nothing the next walk could claim or expire. */
async function endWalk(stores: Stores, now: number): Promise<void> {
  await stores.trials.expire(now + 100_000, 0);
  for (;;) {
    const claim = await stores.trials.claim({ workerId: 'cleaner', now, ttlMs: 1 });
    if (!claim) return;
    const outcome = { kind: 'cancelled', by: 'cleaner' } as const;
    await stores.trials.finish(claim.lease, outcome, { at: now, patch: {}, events: [] });
  }
}
