import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommands } from './parser.ts';

const pieces = fc.constantFrom(
  '/clawbench',
  'run',
  'entry-test',
  'trials=3',
  'tasks="a',
  '\n',
  '\n\n',
  '\r\n',
  ' ',
  '    ',
  '\t',
  '> ',
  '- ',
  '1. ',
  '#',
  '```',
  '~~~',
  '`',
  '``',
  '*',
  '**',
  '_',
  '[',
  ']',
  '(',
  ')',
  '![',
  '<',
  '>',
  '&amp;',
  '<!--',
  '-->',
  '<details>',
  '</details>',
  '<pre>',
  '<![CDATA[',
  '<?',
  '|',
  '---',
  '===',
  '\\',
  '"',
  '=',
  '$5',
  '\u200b',
  '\u202e',
  '\u00a0',
  '／',
  '🎉',
  '\ud83c',
  '\u0000',
  'é',
  'word',
);

/** Processor time: a busy machine does not make the parser slower. */
function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('no comment makes the parser throw, and no reading is empty', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const readings = parseCommands(parts.join(''));
      expect(readings.length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 1_000 },
  );
});

test('a command at the beginning is read whatever arguments follow', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const line = text.replace(/[\r\n]/g, ' ');
      expect(parseCommands(`/clawbench run ${line}`).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 400 },
  );
});

/** Whatever is repeated until a comment is full; each begins with a command, so that nothing is skipped. */
const hostile = [
  '[',
  '![',
  '[a](',
  '[a]',
  '[[a]]',
  ']',
  '*',
  '**a*',
  '_a',
  '`',
  '`a',
  '`` ',
  '>',
  '> ',
  '> a\n\n',
  '- ',
  '- a\n\n',
  '1. ',
  '>- ',
  '<',
  '<a ',
  '<!--',
  '<?',
  '<![CDATA[',
  '<a b="',
  '&a',
  '&#1;',
  '\\',
  '#\n',
  'a\n',
  '[a]: b\n',
  '```\n',
  '|',
  '/clawbench\n',
  '/clawbench run a\n',
  '\t',
  ' ',
  '\n',
  '\u200b',
  '／',
  '"',
  '=',
  'a',
  '🎉',
  '<details>\n\n',
  '</details>',
  '-\n',
  '---\n',
  '===\n',
];

test.each(hostile)('a full comment of %j is read in a moment', (unit) => {
  const body = `/clawbench run entry-test\n${unit.repeat(65_000 / unit.length)}`;
  expect(cpuMilliseconds(() => parseCommands(body))).toBeLessThan(1_500);
});

test('nested lists of growing depth are read in a moment', () => {
  const body = `/clawbench run a\n\n${Array.from({ length: 250 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')}`;
  expect(cpuMilliseconds(() => parseCommands(body))).toBeLessThan(1_500);
});

test('what would take long to read is refused in words', () => {
  expect(parseCommands(`/clawbench run a\n\n${'>'.repeat(60_000)}`)).toEqual([
    { kind: 'fault', fault: { kind: 'comment-too-complex' }, verb: undefined },
  ]);
});
