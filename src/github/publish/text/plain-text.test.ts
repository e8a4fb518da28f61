import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { expect, test } from 'vitest';
import { inCode, inProse } from './plain-text.ts';

const gap = '\u200b';

test.each([
  ['@everyone look', `@${gap}everyone look`],
  ['fixes #12 and GH-7', `fixes #${gap}12 and GH${gap}-7`],
  ['see https://evil.example', `see https:${gap}//evil.example`],
  ['www.evil.example', `www${gap}.evil.example`],
  ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  ['[click](javascript:x)', String.raw`\[click\](javascript:x)`],
  ['a | b', String.raw`a \| b`],
  ['**bold** `code` ~x~', '\\*\\*bold\\*\\* \\`code\\` \\~x\\~'],
  ['a\n\n# b\r\n- c', `a #${gap} b - c`],
  ['\u202eevil\u202c \u200bhidden\u2066', 'evil hidden'],
  ['\u001b[31mred', String.raw`\[31mred`],
  ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['   ', ''],
])('%j as words is %j', (text, shown) => {
  expect(inProse(text)).toBe(shown);
});

test('long text is cut where it is still text', () => {
  expect(inProse('ab'.repeat(200), 10)).toBe('ababababa…');
  expect(inCode(`12345678🎉🎉`, 10)).toBe('`12345678…`');
});

test.each([
  ['plain', '`plain`'],
  ['a `b` | c', '`a ˋbˋ ¦ c`'],
  ['@everyone #1\n<b>', '`@everyone #1 <b>`'],
  ['', '(empty)'],
  ['\u200b', '(empty)'],
])('%j as code is %j', (text, shown) => {
  expect(inCode(text)).toBe(shown);
});

function kindsIn(markdown: string): ReadonlySet<Nodes['type']> {
  const kinds = new Set<Nodes['type']>();
  const visit = (node: Nodes): void => {
    kinds.add(node.type);
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(markdown));
  return kinds;
}

const hostile = fc.array(
  fc.oneof(
    fc.constantFrom(
      '@ada',
      '#12',
      'GH-3',
      'o/r#4',
      '<!--',
      '-->',
      '<b>',
      '</details>',
      '`',
      '``',
      '|',
      '\\',
      '[x](y)',
      '![',
      '**',
      '__',
      'https://x.example',
      'www.x.example',
      '\n',
      '\n\n',
      '```',
      '> ',
      '- ',
      '~~~',
      '&amp;',
      '&#64;',
      '\u202e',
      '\u200b',
      '$x$',
    ),
    fc.string({ maxLength: 8 }),
  ),
  { maxLength: 30 },
);

test('nothing hostile survives as words: no Markdown, HTML, mention, reference, address or second line', () => {
  fc.assert(
    fc.property(hostile, (parts) => {
      const shown = inProse(parts.join(''), 500);
      const kinds = kindsIn(`a ${shown} z`);
      for (const kind of kinds) expect(['root', 'paragraph', 'text']).toContain(kind);
      expect(shown).not.toMatch(/@\w|#\d|gh-\d|:\/\/|www\.|[<>\n\r]|(?<!\\)\|/i);
    }),
    { numRuns: 1_000 },
  );
});

test('nothing hostile gets out of a code span', () => {
  fc.assert(
    fc.property(hostile, (parts) => {
      const shown = inCode(parts.join(''), 500);
      const kinds = kindsIn(`a ${shown} z`);
      for (const kind of kinds) expect(['root', 'paragraph', 'text', 'inlineCode']).toContain(kind);
      expect(shown).toMatch(/^(?:`[^`|\n\r]+`|\(empty\))$/);
    }),
    { numRuns: 1_000 },
  );
});
