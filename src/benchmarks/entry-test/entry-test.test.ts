import { expect, test } from 'vitest';
import { describeBenchmark } from '../benchmark.contract.ts';
import { createEntryTest } from './entry-test.ts';

describeBenchmark('the Entry Test', () => createEntryTest());

test('ships at least twelve tasks without faults or warnings, of every kind', async () => {
  const [pack] = await createEntryTest().packs();
  expect(pack?.faults).toEqual([]);
  expect(pack?.warnings).toEqual([]);
  expect(pack?.tasks.length).toBeGreaterThanOrEqual(12);
  expect(new Set(pack?.tasks.map(({ category }) => category))).toEqual(
    new Set(['answer', 'terminal', 'data', 'bug', 'git', 'service', 'policy', 'trap']),
  );
});

test('every task is offline, unprivileged, short and brings wrong solutions', async () => {
  const benchmark = createEntryTest();
  for (const task of (await benchmark.packs()).flatMap(({ tasks }) => tasks)) {
    expect(task.environment).toMatchObject({
      network: { mode: 'none' },
      agentUser: 'agent',
      workdir: '/app',
    });
    expect(task.agentTimeoutMs).toBeLessThanOrEqual(300_000);
    expect(task.title).not.toBe(task.id);
    expect((await benchmark.wrongSolutions(task)).length).toBeGreaterThan(0);
  }
});
