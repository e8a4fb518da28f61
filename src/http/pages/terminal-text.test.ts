import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainText, terminalText } from './terminal-text.ts';

const esc = '\u001b';
const shown = async (text: string) => String(await terminalText(text));

/** Text as a hostile agent writes it: markup, escapes, control and direction characters, and anything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '<img src=x onerror=alert(1)>',
        '"\'`&lt;&#60;',
        '${7*7}',
        ']]>',
        `${esc}[31m`,
        `${esc}[0m`,
        `${esc}[38;2;255;0;0m`,
        `${esc}[38;5;1`,
        `${esc}]8;;javascript:alert(1)\u0007link${esc}]8;;\u0007`,
        `${esc}]52;c;ZWNobyBoaQ==\u0007`,
        `${esc}]0;title${esc}\\`,
        `${esc}[2J${esc}[H`,
        `${esc}P1$r0m${esc}\\`,
        '\r',
        '\r\n',
        '\u0000',
        '\u202e',
        '\u2066',
        '\u009b31m',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

test('hostile text becomes text: no tag but ours, no attribute but a class, no control character', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const markup = await shown(text);
      const withoutOurs = markup.replace(/<span class="[a-z0-9 ]+">|<\/span>/g, '');
      expect(withoutOurs).not.toMatch(/[<>"']/);
      expect(markup).not.toMatch(/[^\P{Cc}\n\t]/u);
      expect(markup).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/);
      expect(plainText(text)).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
    { numRuns: 500 },
  );
});

test('colours become classes and end where they end', async () => {
  expect(await shown(`a ${esc}[1;32mok${esc}[0m b`)).toBe('a <span class="bold fg2">ok</span> b');
  expect(await shown(`${esc}[91;44mx${esc}[39my${esc}[mz`)).toBe(
    '<span class="fg9 bg4">x</span><span class="bg4">y</span>z',
  );
  expect(await shown(`${esc}[38;2;1;4;7mx${esc}[38;5;31;4my`)).toBe('x<span class="underline">y</span>');
});

test('links, titles and clipboard writes of the terminal are gone', async () => {
  expect(
    await shown(`${esc}]8;;http://evil\u0007text${esc}]8;;\u0007 ${esc}]52;c;aGk=\u0007${esc}]0;t${esc}\\.`),
  ).toBe('text .');
});

test('of a line that was drawn over the last state stays; direction tricks are shown', async () => {
  expect(await shown('10%\r50%\r100%\r\ndone')).toBe('100%\ndone');
  expect(await shown('a\u202eb')).toBe('a⟨U+202E⟩b');
});

test('hostile length costs linear time', async () => {
  for (const text of [
    `${esc}]`.repeat(30_000),
    `${esc}[1`.repeat(30_000),
    '\r'.repeat(60_000),
    `${esc}[31m`.repeat(20_000),
  ]) {
    const started = performance.now();
    await shown(text);
    expect(performance.now() - started).toBeLessThan(1_500);
  }
});
