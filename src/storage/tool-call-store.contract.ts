import { describe, expect } from 'vitest';
import { claimNext, queueRun } from '../../tests/world/run-samples.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';
import { maxToolResultBytes, type ToolCallStart } from './tool-call-store.ts';

const call: ToolCallStart = {
  clientCallId: 'toolu_1',
  tool: 'clawbench_exec',
  argumentsDigest: 'sha256:arguments',
  at: 3_000,
};

/** Every implementation of ToolCallStore. */
export function toolCallStoreContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('tool calls', () => {
    test('a repeated call is in flight until it is answered, then its answer is given again', async ({
      stores,
    }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      expect(await stores.toolCalls.begin(lease, call)).toEqual({ kind: 'admitted' });
      expect(await stores.toolCalls.begin(lease, call)).toEqual({ kind: 'in-flight' });
      await stores.toolCalls.complete(lease, call.clientCallId, '{"stdout":"👋 \\u0000"}', 4_000);
      const replay = { kind: 'replay', result: '{"stdout":"👋 \\u0000"}' };
      expect(await stores.toolCalls.begin(lease, call)).toEqual(replay);
      await stores.toolCalls.complete(lease, call.clientCallId, '{"stdout":"other"}', 5_000);
      expect(await stores.toolCalls.begin(lease, call)).toEqual(replay);
    });

    test('an id used for something else is a conflict', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await stores.toolCalls.begin(lease, call);
      const conflict = { kind: 'conflict' };
      expect(await stores.toolCalls.begin(lease, { ...call, tool: 'clawbench_read_file' })).toEqual(conflict);
      expect(await stores.toolCalls.begin(lease, { ...call, argumentsDigest: 'sha256:y' })).toEqual(conflict);
    });

    test('of the same call many times at once one is admitted', async ({ stores, world }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const other = world.another();
      const admissions = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? stores : other).toolCalls.begin(lease, call),
        ),
      );
      const kinds = admissions.map(({ kind }) => kind).sort();
      expect(kinds).toEqual(['admitted', ...Array.from({ length: 11 }, () => 'in-flight')]);
    });

    test('trials and tries do not share ids: a new sandbox knows nothing of the old one', async ({
      stores,
    }) => {
      await queueRun(stores, 2);
      const first = await claimNext(stores);
      const second = await claimNext(stores);
      await stores.toolCalls.begin(first.lease, call);
      expect(await stores.toolCalls.begin(second.lease, call)).toEqual({ kind: 'admitted' });
      await stores.toolCalls.complete(first.lease, call.clientCallId, '{}', 4_000);
      await stores.trials.release(first.lease, 5_000, 'stop');
      const retried = await claimNext(stores);
      expect(retried.trial.id).toBe(first.trial.id);
      expect(await stores.toolCalls.begin(retried.lease, call)).toEqual({ kind: 'admitted' });
    });

    test('an answer must have a call, and may not be too long', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await expect(stores.toolCalls.complete(lease, 'unknown', '{}', 1)).rejects.toMatchObject({
        code: 'not-found',
      });
      await stores.toolCalls.begin(lease, call);
      const longest = 'x'.repeat(maxToolResultBytes);
      await expect(
        stores.toolCalls.complete(lease, call.clientCallId, `${longest}x`, 1),
      ).rejects.toMatchObject({ code: 'limit-reached' });
      await stores.toolCalls.complete(lease, call.clientCallId, longest, 1);
      expect(await stores.toolCalls.begin(lease, call)).toEqual({ kind: 'replay', result: longest });
    });

    test('an id with bytes a database refuses is still one id', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const odd = { ...call, clientCallId: 'a\0b\uD800' };
      expect(await stores.toolCalls.begin(lease, odd)).toEqual({ kind: 'admitted' });
      await stores.toolCalls.complete(lease, odd.clientCallId, '1', 1);
      expect(await stores.toolCalls.begin(lease, odd)).toEqual({ kind: 'replay', result: '1' });
    });
  });
}
