import { describe, expect, test } from 'vitest';
import type { Benchmark } from './benchmark.ts';

const nonces = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'] as const;

/** What every benchmark with packs keeps; `create` gives one with at least one pack and one task. */
export function describeBenchmark(name: string, create: () => Benchmark): void {
  describe(`${name} as a benchmark`, () => {
    test('has packs with distinct, digest-pinned versions and loadable tasks', async () => {
      const benchmark = create();
      const packs = await benchmark.packs();
      expect(packs.length).toBeGreaterThan(0);
      expect(new Set(packs.map(({ identity }) => identity.version)).size).toBe(packs.length);
      for (const { identity, tasks } of packs) {
        expect(identity.benchmark).toBe(benchmark.id);
        expect(identity.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(tasks.length).toBeGreaterThan(0);
        expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
      }
    });

    test('says the same each time it is asked', async () => {
      expect(await create().packs()).toEqual(await create().packs());
    });

    test('binds what the agent gets to the nonce, and nothing but it', async () => {
      const benchmark = create();
      for (const task of (await benchmark.packs()).flatMap(({ tasks }) => tasks)) {
        const [first, second] = await Promise.all(nonces.map((nonce) => benchmark.materialise(task, nonce)));
        expect(first?.env['CLAWBENCH_NONCE']).toBe(nonces[0]);
        expect(second?.env['CLAWBENCH_NONCE']).toBe(nonces[1]);
        expect(first?.instruction).not.toContain('{{nonce}}');
        expect(first?.instruction.replaceAll(nonces[0], nonces[1])).toBe(second?.instruction);
        expect(first?.image).toEqual(second?.image);
      }
    });

    test('refuses a nonce that is none', async () => {
      const benchmark = create();
      const task = (await benchmark.packs())[0]?.tasks[0];
      const materialised = task && benchmark.materialise(task, "'; reboot");
      await expect(materialised).rejects.toMatchObject({ code: 'invalid-input' });
    });

    test('has a reference solution for every task', async () => {
      const benchmark = create();
      for (const task of (await benchmark.packs()).flatMap(({ tasks }) => tasks)) {
        const files = await benchmark.solution(task);
        expect(files.map(({ path }) => path)).toContain('solve.sh');
      }
    });

    test('keeps tests and solutions out of the image', async () => {
      const benchmark = create();
      for (const task of (await benchmark.packs()).flatMap(({ tasks }) => tasks)) {
        const { image } = await benchmark.materialise(task, nonces[0]);
        const paths = image.kind === 'build' ? image.context.files.map(({ path }) => path) : [];
        expect(paths.filter((path) => /solve\.sh|test_outputs|test\.sh/.test(path))).toEqual([]);
      }
    });
  });
}
