import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob, nearestName } from './name-matching.ts';

test.each([
  ['fix-sum', 'fix-sum', true],
  ['fix-sum', 'fix-*', true],
  ['fix-sum', '*sum', true],
  ['fix-sum', 'fix?sum', true],
  ['fix-sum', 'fix', false],
  ['fix-sum', 'ix-sum', false],
  ['fix.sum', 'fix?sum', true],
  ['fix-sum', '[f]ix-sum', false],
  ['', '*', true],
  ['aab', '*ab', true],
])('%s by %s: %s', (name, glob, expected) => {
  expect(matchesGlob(name, glob)).toBe(expected);
});

test('agrees with the regular expression a glob stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
  fc.assert(
    fc.property(letters, globs, (name, glob) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesGlob(name, glob)).toBe(expression.test(name));
    }),
  );
});

test('many stars do not take long', () => {
  const begin = performance.now();
  expect(matchesGlob('a'.repeat(2_000), `${'*a'.repeat(500)}b`)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(1_000);
});

test('suggests what is near and nothing that is not', () => {
  const valid = ['entry-test', 'terminal-bench', 'web-tasks'];
  expect(nearestName('entrytest', valid)).toBe('entry-test');
  expect(nearestName('Terminal-Bnech', valid)).toBe('terminal-bench');
  expect(nearestName('kubernetes', valid)).toBeUndefined();
  expect(nearestName('anything', [])).toBeUndefined();
});
