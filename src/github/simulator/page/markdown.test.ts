import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderMarkdown } from './markdown.ts';

test('tables, folded details, task lists and code render', () => {
  const html = renderMarkdown(
    '| a | b |\n|---|--:|\n| 1 | 2 |\n\n<details><summary>More</summary>\n\n- [x] done\n\n```js\nlet x\n```\n\n</details>',
  );
  expect(html).toContain('<td align="right">2</td>');
  expect(html).toContain('<details><summary>More</summary>');
  expect(html).toContain('<input type="checkbox" disabled="disabled" checked />');
  expect(html).toContain('<code class="language-js">let x');
});

test('hidden markers stay hidden', () => {
  expect(renderMarkdown('<!-- marker -->\nshown')).toBe('\n<p>shown</p>');
});

const hostile = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '<a href="java\tscript:alert(1)">x</a>',
    '<iframe src="//x">',
    '<svg onload=alert(1)>',
    '<style>*{display:none}</style>',
    '<form action="/x"><button>',
    '<details open ontoggle=alert(1)>',
    '<math><mtext></table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<base href="//x">',
    '<meta http-equiv="refresh" content="0">',
    '"><img src=x onerror=alert(1)>',
    '`<b>`',
    '\n\n',
    '> ',
    '<details><summary>',
  ),
  fc.string(),
);

test('nothing that could act survives, whatever is written', () => {
  const forbidden =
    /<(?!\/?(?:[a-z][a-z\d]*)(?:\s(?:href|title|rel|class|open|src|alt|width|height|type|checked|disabled|start|align|colspan|rowspan)="[^"]*"|\sopen|\schecked)*\s?\/?>)/;
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 8 }), (parts) => {
      const html = renderMarkdown(parts.join(' '));
      expect(html).not.toMatch(/<\/?(?:script|style|iframe|form|button|svg|math|base|meta|object|embed)\b/i);
      expect(html).not.toMatch(/(?:href|src)="\s*(?:javascript|data|vbscript):/i);
      expect(html).not.toMatch(forbidden);
    }),
  );
});
