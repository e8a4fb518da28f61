import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect } from 'vitest';
import { claimNext, queueRun } from '../../tests/world/run-samples.ts';
import { maxArtifactBytes } from './artifact-store.ts';
import { type OpenStorage, storageTest } from './storage.contract.ts';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Every implementation of ArtifactStore. */
export function artifactStoreContract(open: OpenStorage): void {
  const test = storageTest(open);

  describe('artifacts', () => {
    test('are listed with their run and read by digest', async ({ stores }) => {
      const { run } = await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const bytes = Buffer.from('{"schema_version":"ATIF-v1.7"}');
      const kept = await stores.artifacts.put(lease, { name: 'agent/trajectory.json', kind: 'trace', bytes });
      expect(kept).toEqual({
        runId: run.id,
        trialId: lease.trialId,
        name: 'agent/trajectory.json',
        kind: 'trace',
        digest: sha256(bytes),
        size: bytes.length,
      });
      expect(await stores.artifacts.ofRun(run.id)).toEqual([kept]);
      expect(Buffer.from((await stores.artifacts.read(kept.digest)) ?? [])).toEqual(bytes);
      expect(await stores.artifacts.read('sha256:unknown')).toBeUndefined();
    });

    test('any bytes come back as they were', async ({ stores }) => {
      await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
          const { digest } = await stores.artifacts.put(lease, { name: 'any', kind: 'log', bytes });
          expect(Buffer.from((await stores.artifacts.read(digest)) ?? [])).toEqual(Buffer.from(bytes));
        }),
        { numRuns: 25 },
      );
    });

    test('the same name again replaces, the same bytes are shared', async ({ stores }) => {
      const { run } = await queueRun(stores, 2);
      const first = await claimNext(stores);
      const second = await claimNext(stores);
      const bytes = Buffer.from('same');
      const put = (lease: typeof first.lease, name: string, content: Uint8Array) =>
        stores.artifacts.put(lease, { name, kind: 'log', bytes: content });
      await put(first.lease, 'log', Buffer.from('old'));
      await put(first.lease, 'log', bytes);
      await put(second.lease, 'log', bytes);
      const kept = await stores.artifacts.ofRun(run.id);
      expect(kept.map(({ trialId, digest }) => [trialId, digest])).toEqual([
        [first.trial.id, sha256(bytes)],
        [second.trial.id, sha256(bytes)],
      ]);
    });

    test('the same bytes from many at once', async ({ stores, world }) => {
      const { run } = await queueRun(stores, 6);
      const other = world.another();
      const leases = [];
      for (let claimed = 0; claimed < 6; claimed += 1) leases.push((await claimNext(stores)).lease);
      const bytes = Buffer.alloc(100_000, 'a');
      await Promise.all(
        leases.map((lease, index) =>
          (index % 2 === 0 ? stores : other).artifacts.put(lease, { name: 'log', kind: 'log', bytes }),
        ),
      );
      expect(await stores.artifacts.ofRun(run.id)).toHaveLength(6);
    });

    test('up to the cap and not a byte more', async ({ stores }) => {
      const { run } = await queueRun(stores, 1);
      const { lease } = await claimNext(stores);
      const largest = randomBytes(maxArtifactBytes);
      const { digest } = await stores.artifacts.put(lease, { name: 'a', kind: 'log', bytes: largest });
      expect((await stores.artifacts.read(digest))?.length).toBe(maxArtifactBytes);
      const tooLarge = { name: 'b', kind: 'log', bytes: new Uint8Array(maxArtifactBytes + 1) };
      await expect(stores.artifacts.put(lease, tooLarge)).rejects.toMatchObject({ code: 'limit-reached' });
      expect(await stores.artifacts.ofRun(run.id)).toHaveLength(1);
    });
  });
}
