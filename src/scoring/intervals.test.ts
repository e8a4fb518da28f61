import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { clopperPearson, clusteredWilson, intervalOf, wilson } from './intervals.ts';

const shares = fc.double({ min: 0, max: 1, noNaN: true });
const successesOfSize = fc
  .integer({ min: 1, max: 200 })
  .chain((size) => fc.tuple(fc.integer({ min: 0, max: size }), fc.constant(size)));

describe('published values', () => {
  test.each([
    [8, 10, 0.4902, 0.9433],
    [5, 5, 0.5655, 1],
    [0, 10, 0, 0.2775],
    [45, 89, 0.4037, 0.6071],
    [375, 500, 0.7102, 0.786],
  ])('Wilson %i of %i', (successes, size, low, high) => {
    const interval = wilson(successes / size, size);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });

  // R: binom.test(x, n)$conf.int
  test.each([
    [8, 10, 0.4439045, 0.9747893],
    [7, 10, 0.3475471, 0.9332605],
    [1, 10, 0.002528579, 0.4450161],
    [0, 10, 0, 0.3084971],
    [10, 10, 0.6915029, 1],
    [5, 5, 0.4781762, 1],
  ])('Clopper–Pearson %i of %i', (successes, size, low, high) => {
    const interval = clopperPearson(successes, size);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });

  test('one success or failure in n has a closed form', () => {
    expect(clopperPearson(0, 20).high).toBeCloseTo(1 - 0.025 ** (1 / 20), 10);
    expect(clopperPearson(20, 20).low).toBeCloseTo(0.025 ** (1 / 20), 10);
  });
});

describe('every interval', () => {
  test('holds its mean and stays in [0,1]', () => {
    fc.assert(
      fc.property(successesOfSize, ([successes, size]) => {
        for (const { low, high } of [wilson(successes / size, size), clopperPearson(successes, size)]) {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(successes / size + 1e-12);
          expect(high).toBeGreaterThanOrEqual(successes / size - 1e-12);
        }
      }),
    );
  });

  test('mirrors when successes and failures change places', () => {
    fc.assert(
      fc.property(successesOfSize, ([successes, size]) => {
        const [exact, mirrored] = [clopperPearson(successes, size), clopperPearson(size - successes, size)];
        expect(exact.low).toBeCloseTo(1 - mirrored.high, 9);
        expect(wilson(successes / size, size).low).toBeCloseTo(
          1 - wilson((size - successes) / size, size).high,
          9,
        );
      }),
    );
  });

  test('rises with every further success', () => {
    fc.assert(
      fc.property(successesOfSize, ([successes, size]) => {
        fc.pre(successes < size);
        expect(clopperPearson(successes + 1, size).low).toBeGreaterThan(clopperPearson(successes, size).low);
        expect(wilson((successes + 1) / size, size).high).toBeGreaterThanOrEqual(
          wilson(successes / size, size).high,
        );
      }),
    );
  });
});

describe('several trials of each task', () => {
  test('the interval lies between those of as many observations as tasks and as trials', () => {
    fc.assert(
      fc.property(
        fc.array(shares, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2, max: 5 }),
        (means, k) => {
          const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
          const width = ({ low, high }: { low: number; high: number }) => high - low;
          const clustered = width(clusteredWilson(means, means.length * k));
          expect(clustered).toBeLessThanOrEqual(width(wilson(mean, means.length)) + 1e-9);
          expect(clustered).toBeGreaterThanOrEqual(width(wilson(mean, means.length * k)) - 1e-9);
        },
      ),
    );
  });

  test('trials that all agree within their task count as one', () => {
    const means = [1, 1, 1, 0, 0, 1, 1, 0, 1, 1];
    // p = 0.7, s² = 0.21/9, so the effective size 0.21/s² is 9: below the number of tasks, which is its floor.
    expect(clusteredWilson(means, 50)).toEqual(wilson(0.7, 10));
  });

  test('tasks that are all alike count every trial', () => {
    expect(clusteredWilson([0.5, 0.5, 0.5, 0.5], 8)).toEqual(wilson(0.5, 8));
  });

  test('a perfect score counts tasks, not trials', () => {
    expect(clusteredWilson([1, 1, 1], 15)).toEqual(wilson(1, 3));
  });
});

describe('the choice', () => {
  test.each([
    ['exact for up to ten tasks', [[1], [0], [1]], 'clopper-pearson'],
    ['Wilson for more tasks', Array.from({ length: 11 }, () => [1]), 'wilson'],
    ['Wilson for partial rewards, which have no exact interval', [[0.5], [1]], 'wilson'],
    ['clustered as soon as a task has two trials', [[1, 0], [1]], 'wilson-clustered'],
    ['tasks without a graded trial do not count', [[1], [], [0]], 'clopper-pearson'],
  ])('%s', (_title, rewards, method) => {
    expect(intervalOf(rewards)?.method).toBe(method);
  });

  test('nothing graded has no interval', () => {
    expect(intervalOf([[], []])).toBeNull();
    expect(intervalOf([])).toBeNull();
  });

  test('the order of tasks does not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom(0, 1), { maxLength: 4 }), { maxLength: 15 }), (tasks) => {
        const [there, back] = [intervalOf(tasks), intervalOf(tasks.toReversed())];
        expect(back?.method).toBe(there?.method);
        expect(back?.low ?? 0).toBeCloseTo(there?.low ?? 0, 9);
      }),
    );
  });
});
