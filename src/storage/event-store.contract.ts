import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { claimNext, nextRunId, queueRun } from '../../tests/world/run-samples.ts';
import type { AgentActivityEvent, LoggedEvent, TrialLevelEvent } from '../telemetry/events.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

const allTrialEvents: readonly TrialLevelEvent[] = [
  { type: 'trial-leased', worker: 'w', attempt: 1 },
  { type: 'trial-requeued', reason: 'r' },
  { type: 'image-building', line: 'Step 1/3\u001B[31m red' },
  { type: 'sandbox-started', sandboxId: 'f'.repeat(64), image: 'clawbench-base', durationMs: 210.4 },
  { type: 'agent-started', driver: 'builtin', model: null },
  { type: 'turn-started', turn: 1 },
  { type: 'agent-text', text: 'NUL \0 lone surrogate \uD800 and 👩‍💻' },
  { type: 'tool-called', callId: 'c1', tool: 'clawbench_exec', input: '{"command":"ls"}' },
  { type: 'tool-returned', callId: 'c1', tool: 'clawbench_exec', failed: false, output: '', durationMs: 1 },
  {
    type: 'model-called',
    model: 'anthropic/claude',
    inputTokens: 5,
    cachedInputTokens: 2,
    outputTokens: 3,
    costMicroUsd: null,
    status: 200,
    durationMs: 900,
  },
  { type: 'output-truncated', callId: 'c1', keptBytes: 10, droppedBytes: 10_000_000_000 },
  { type: 'limit-reached', limit: 'wall-time' },
  { type: 'agent-ended', reason: 'done', exitCode: null },
  { type: 'sandbox-sealed', durationMs: 80 },
  { type: 'verification-started' },
  {
    type: 'verification-finished',
    reward: 0.5,
    tests: { passed: 1, failed: 1, other: 0 },
    durationMs: 20,
  },
  { type: 'sandbox-removed', durationMs: 30 },
];

/** Every implementation of EventStore, written to through the other stores. */
export function eventStoreContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('events', () => {
    test('every kind comes back as it was told', async ({ stores }) => {
      const { run } = await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const stamped = allTrialEvents.map((event, index) => ({ at: 3_000 + index, event }));
      await stores.trials.advance(lease, undefined, {}, stamped);
      expect(await stores.events.read(run.id, 2, 1_000)).toEqual(
        stamped.map((event, index) => ({ ...event, runId: run.id, seq: 3 + index, trialId: lease.trialId })),
      );
    });

    test('are read after a number, up to a limit, of one run', async ({ stores }) => {
      const { run } = await queueRun(stores, 3);
      await queueRun(stores, 1);
      for (let claimed = 0; claimed < 3; claimed += 1) await claimNext(stores);
      const seqs = async (after: number, limit: number) =>
        (await stores.events.read(run.id, after, limit)).map(({ seq }) => seq);
      expect(await seqs(0, 1_000)).toEqual([1, 2, 3, 4]);
      expect(await seqs(1, 2)).toEqual([2, 3]);
      expect(await seqs(4, 10)).toEqual([]);
      expect(await stores.events.read(nextRunId(), 0, 10)).toEqual([]);
    });

    test('thousands in one go are kept in order', async ({ stores }) => {
      const { run } = await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const stamped = Array.from({ length: 2_500 }, (_, turn) => ({
        at: turn,
        event: { type: 'turn-started', turn } as const,
      }));
      await stores.trials.advance(lease, undefined, {}, stamped);
      const read = [
        ...(await stores.events.read(run.id, 2, 5_000)),
        ...(await stores.events.read(run.id, 1_002, 1_000)),
        ...(await stores.events.read(run.id, 2_002, 1_000)),
      ];
      expect(read.map(({ at }) => at)).toEqual(stamped.map(({ at }) => at));
    });

    test('of concurrent writers have no gaps, and a reader sees them in stored order', async ({
      stores,
      world,
    }) => {
      const { run } = await queueRun(stores, 4);
      const other = world.another();
      const claims = [];
      for (let claimed = 0; claimed < 4; claimed += 1) claims.push(await claimNext(stores));
      const perWriter = 25;
      const writers = claims.map(async ({ lease }, index) => {
        const { trials } = index % 2 === 0 ? stores : other;
        for (let turn = 1; turn <= perWriter; turn += 1) {
          const text: AgentActivityEvent = { type: 'agent-text', text: `turn ${turn}` };
          await trials.advance(lease, undefined, { turns: turn }, [
            { at: turn, event: { type: 'turn-started', turn } },
            { at: turn, event: text },
          ]);
        }
      });
      const total = 1 + 4 + 4 * perWriter * 2;
      const live: LoggedEvent[] = [];
      const reader = async () => {
        while (live.length < total) {
          live.push(...(await other.events.read(run.id, live.length, 1_000)));
          await endOfTurn();
        }
      };
      await Promise.all([reader(), ...writers]);
      expect(live.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
      expect(await stores.events.read(run.id, 0, 1_000)).toEqual(live);
      for (const { lease } of claims) {
        const turns = live
          .filter(({ trialId }) => trialId === lease.trialId)
          .flatMap(({ event }) => (event.type === 'turn-started' ? [event.turn] : []));
        expect(turns).toEqual(Array.from({ length: perWriter }, (_, index) => index + 1));
      }
    });
  });
}
