import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reachedLimit } from './budget.ts';
import { addSpend, noSpend, type ModelSpend } from './model.ts';
import { formatUsd, microUsd } from './money.ts';
import { isSolved, rewardOf } from './outcome.ts';

const spend = (part: Partial<ModelSpend>): ModelSpend => ({ ...noSpend, ...part });

test('money is written with what matters and never in scientific notation', () => {
  expect([0, 1, 4_200, 9_999, 10_000, 1_840_000, 120_000_000].map(formatUsd)).toEqual([
    '$0.00',
    '<$0.0001',
    '$0.0042',
    '$0.0100',
    '$0.01',
    '$1.84',
    '$120.00',
  ]);
  expect(microUsd(0.1) + microUsd(0.2)).toBe(microUsd(0.3));
});

test('one unknown price makes the sum unknown, whatever the order', () => {
  const known = spend({ calls: 1, cost: 5 });
  const unknown = spend({ calls: 1, cost: null });
  expect(addSpend(known, unknown)).toEqual(addSpend(unknown, known));
  expect(addSpend(known, unknown).cost).toBeNull();
});

test('a limit is reached at its value, and an unknown price leaves the tokens to stop a trial', () => {
  const limits = { maxCost: 100, maxTokens: 1000 };
  expect(reachedLimit(spend({ cost: 99 }), limits)).toBeUndefined();
  expect(reachedLimit(spend({ cost: 100 }), limits)).toBe('cost');
  expect(reachedLimit(spend({ cost: null, inputTokens: 900, outputTokens: 100 }), limits)).toBe('tokens');
});

test('adding spends never loses a token', () => {
  const tokens = fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat(), cachedInputTokens: fc.nat() });
  fc.assert(
    fc.property(fc.array(tokens, { maxLength: 20 }), (parts) => {
      const sum = parts.map(spend).reduce(addSpend, noSpend);
      expect(sum.inputTokens).toBe(parts.reduce((total, part) => total + part.inputTokens, 0));
    }),
  );
});

test('only a full reward solves a task, and a fault has none', () => {
  const tests = null;
  expect(isSolved({ kind: 'graded', reward: 1, tests })).toBe(true);
  expect(isSolved({ kind: 'limited', limit: 'turns', reward: 1, tests })).toBe(true);
  expect(isSolved({ kind: 'graded', reward: 0.99, tests })).toBe(false);
  expect(rewardOf({ kind: 'faulted', fault: 'sandbox', message: 'gone' })).toBeNull();
  expect(rewardOf({ kind: 'cancelled', by: 'ada' })).toBeNull();
});
