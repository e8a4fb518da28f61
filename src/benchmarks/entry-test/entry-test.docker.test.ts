import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDockerWorld, type DockerWorld } from '../../../tests/world/docker-trial.ts';
import { checkPack } from '../pack-check.ts';
import { createEntryTest } from './entry-test.ts';

let world: DockerWorld;

beforeAll(async () => {
  world = await startDockerWorld();
});

afterAll(async () => {
  await world.close();
});

test('every reference solution scores 1, and nothing, mistakes and cheats score 0', async () => {
  const benchmark = createEntryTest();
  const [pack] = await benchmark.packs();
  if (!pack) throw new Error('the pack is missing');
  const checking = checkPack({
    benchmark,
    pack,
    provider: world.provider,
    clock: { now: () => Date.now() },
    instance: world.instance,
    newNonce: () => randomBytes(16).toString('hex'),
    parallel: 3,
  });
  let step = await checking.next();
  while (!step.done) step = await checking.next();
  const { rows, passed } = step.value;
  expect(rows.filter((row) => !row.passed)).toEqual([]);
  expect(passed).toBe(true);
  expect(rows.filter(({ check }) => check === 'reference solution')).toHaveLength(pack.tasks.length);
}, 180_000);
