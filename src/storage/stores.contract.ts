import { describe, expect } from 'vitest';
import { accountStoresContract } from './account-stores.contract.ts';
import { artifactStoreContract } from './artifact-store.contract.ts';
import { deliveryStoreContract } from './delivery-store.contract.ts';
import { eventStoreContract } from './event-store.contract.ts';
import { runCancelContract } from './run-cancel.contract.ts';
import { runStoreContract } from './run-store.contract.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';
import { toolCallStoreContract } from './tool-call-store.contract.ts';
import { trialClaimContract } from './trial-claim.contract.ts';
import { trialFencingContract } from './trial-fencing.contract.ts';

/** All that every implementation of Stores must hold. */
export function storesContract(open: OpenStorage): void {
  runStoreContract(open);
  runCancelContract(open);
  trialClaimContract(open);
  trialFencingContract(open);
  eventStoreContract(open);
  toolCallStoreContract(open);
  artifactStoreContract(open);
  deliveryStoreContract(open);
  accountStoresContract(open);

  const test = storageTest(open);

  describe('the database', () => {
    test('has nothing left to migrate, and answers', async ({ stores }) => {
      expect(await stores.migrate()).toEqual([]);
      await stores.ping();
    });

    test('closed once or twice, is unavailable and not a crash', async ({ world }) => {
      const other = world.another();
      await other.ping();
      await other.close();
      await other.close();
      await expect(other.ping()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      await expect(other.trials.claim({ workerId: 'w', now: 1, ttlMs: 1 })).rejects.toMatchObject({
        code: 'unavailable',
      });
    });
  });
}
