import { expect, test } from 'vitest';
import { counted, formatCents, formatElapsed, formatShare, formatTrialTime } from './figures.ts';
import { fitting } from './size-ladder.ts';

test.each([
  [0, '0s', '0.0s'],
  [2_940, '3s', '2.9s'],
  [41_000, '41s', '41s'],
  [60_000, '1m', '1.0m'],
  [252_000, '4m', '4.2m'],
  [4_500_000, '1h 15m', '75m'],
  [3_660_000, '1h 01m', '61m'],
])('%i ms', (ms, elapsed, trial) => {
  expect(formatElapsed(ms)).toBe(elapsed);
  expect(formatTrialTime(ms)).toBe(trial);
});

test('a clock that went back shows no negative time', () => {
  expect(formatElapsed(-5_000)).toBe('0s');
});

test.each([
  [0, '0¢'],
  [4_200, '0.4¢'],
  [380_000, '38¢'],
  [1_200_000, '120¢'],
  [null, '–'],
])('%j millionths of a dollar are %s', (cost, text) => {
  expect(formatCents(cost)).toBe(text);
});

test('shares and counts', () => {
  expect([formatShare(0.9166), counted(1, 'run'), counted(0, 'run')]).toEqual(['91.7 %', '1 run', '0 runs']);
});

test.each([65_534, 65_535, 65_536])(
  'a text of %i bytes is taken up to the limit, and the next shorter one beyond it',
  (size) => {
    const rungs = [() => 'x'.repeat(size), () => 'short'];
    expect(fitting(rungs, 65_535)).toBe(size <= 65_535 ? 'x'.repeat(size) : 'short');
  },
);

test('emoji count by their bytes, and a last resort is cut between characters', () => {
  expect(fitting([() => '🎉'.repeat(10), () => 'b'], 39)).toBe('b');
  expect(fitting([() => '🎉'.repeat(10)], 39)).toBe('🎉'.repeat(9));
  expect(fitting([() => '🎉'.repeat(10)], 40)).toBe('🎉'.repeat(10));
});
