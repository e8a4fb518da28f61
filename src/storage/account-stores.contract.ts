import { describe, expect } from 'vitest';
import { claimNext, nextRunId, nextTrialId, queueRun } from '../../tests/world/run-samples.ts';
import type { ModelCall } from './model-call-store.ts';
import type { Publication } from './publication-store.ts';
import type { Repository } from './repository-store.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

/** Every implementation of PublicationStore, RepositoryStore and ModelCallStore. */
export function accountStoresContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('publications', () => {
    test('are created, replaced and found by their key', async ({ stores }) => {
      const { run } = await queueRun(stores, 0);
      const intent: Publication = {
        kind: 'comment',
        place: 'gh:octo-org/agent#pr:17',
        benchmark: 'entry-test',
        remoteId: null,
        runId: run.id,
        contentDigest: null,
        settled: false,
        updatedAt: 1_000,
      };
      expect(await stores.publications.get(intent)).toBeUndefined();
      await stores.publications.save(intent);
      expect(await stores.publications.get(intent)).toEqual(intent);
      const { run: newer } = await queueRun(stores, 0);
      const shown = {
        ...intent,
        remoteId: 9_007_199_254_740_991,
        runId: newer.id,
        contentDigest: 'sha256:c',
        settled: true,
        updatedAt: 2_000,
      };
      await stores.publications.save(shown);
      expect(await stores.publications.get(intent)).toEqual(shown);
      expect(await stores.publications.get({ ...intent, kind: 'check' })).toBeUndefined();
      expect(await stores.publications.ofRun(run.id)).toEqual([]);
      expect(await stores.publications.ofRun(newer.id)).toEqual([shown]);
    });

    test('unsettled ones come oldest first, up to a limit', async ({ stores }) => {
      const { run } = await queueRun(stores, 0);
      const save = (place: string, updatedAt: number, settled: boolean) =>
        stores.publications.save({
          kind: 'check',
          place,
          benchmark: 'entry-test',
          remoteId: 1,
          runId: run.id,
          contentDigest: null,
          settled,
          updatedAt,
        });
      await save('gh:o/r@c', 3_000, false);
      await save('gh:o/r@a', 1_000, false);
      await save('gh:o/r@b', 2_000, true);
      await save('gh:o/r@d', 4_000, false);
      const places = async (limit: number) =>
        (await stores.publications.unsettled(limit)).map(({ place }) => place);
      expect(await places(10)).toEqual(['gh:o/r@a', 'gh:o/r@c', 'gh:o/r@d']);
      expect(await places(1)).toEqual(['gh:o/r@a']);
    });

    test('of a run that does not exist are refused', async ({ stores }) => {
      const orphan: Publication = {
        kind: 'comment',
        place: 'gh:o/r#issue:1',
        benchmark: 'entry-test',
        remoteId: null,
        runId: nextRunId(),
        contentDigest: null,
        settled: false,
        updatedAt: 1,
      };
      await expect(stores.publications.save(orphan)).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('repositories', () => {
    const repository: Repository = {
      owner: 'Octo-Org',
      name: 'Agent',
      installationId: 4711,
      group: 'octo-org-agent',
      registeredAt: 1_000,
    };

    test('are found without regard to case, replaced and removed', async ({ stores: { repositories } }) => {
      await repositories.save(repository);
      expect(await repositories.find('octo-org', 'AGENT')).toEqual(repository);
      const renamed = { ...repository, owner: 'octo-org', group: 'main', registeredAt: 2_000 };
      await repositories.save(renamed);
      expect(await repositories.list()).toEqual([renamed]);
      await repositories.remove('OCTO-ORG', 'agent');
      expect(await repositories.find('Octo-Org', 'Agent')).toBeUndefined();
    });

    test('go with their installation, and are listed in order', async ({ stores: { repositories } }) => {
      await repositories.save({ ...repository, name: 'b' });
      await repositories.save({ ...repository, name: 'A' });
      await repositories.save({ ...repository, name: 'c', installationId: 1 });
      expect((await repositories.list()).map(({ name }) => name)).toEqual(['A', 'b', 'c']);
      await repositories.removeInstallation(4711);
      expect((await repositories.list()).map(({ name }) => name)).toEqual(['c']);
    });
  });

  describe('model calls', () => {
    test('are kept over all tries of a trial', async ({ stores }) => {
      const { run } = await queueRun(stores, 2);
      const first = await claimNext(stores);
      const second = await claimNext(stores);
      const call = (id: string, facts: Partial<ModelCall> = {}): ModelCall => ({
        id,
        runId: run.id,
        trialId: first.trial.id,
        leaseToken: 1,
        model: 'anthropic/claude',
        status: 200,
        inputTokens: 3_000_000_000,
        cachedInputTokens: 1,
        outputTokens: 2,
        cost: 4_000_000_000,
        startedAt: 1_000,
        durationMs: 250,
        ...facts,
      });
      const calls = [
        call('a'),
        call('b', { startedAt: 2_000, leaseToken: 2, cost: null, status: 529 }),
        call('c', { startedAt: 3_000, trialId: second.trial.id }),
      ];
      for (const made of [...calls].reverse()) await stores.modelCalls.record(made);
      expect(await stores.modelCalls.ofRun(run.id)).toEqual(calls);
      expect(await stores.modelCalls.ofTrial(first.trial.id)).toEqual(calls.slice(0, 2));
      await expect(stores.modelCalls.record(call('a'))).rejects.toMatchObject({ code: 'conflict' });
      await expect(stores.modelCalls.record(call('d', { trialId: nextTrialId() }))).rejects.toMatchObject({
        code: 'not-found',
      });
    });
  });
}
