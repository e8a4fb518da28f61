import { expect, test } from 'vitest';
import { markdownForTerminal } from './terminal-markdown.ts';

test('a comment reads like text', () => {
  const comment = [
    '<!-- clawbench v1 run=X kind=sticky sig=abc -->',
    '### ✅ 2 of 3 solved',
    '',
    'Score **66.7 %** · [run page](http://127.0.0.1/runs/X)',
    '',
    '| task | result |',
    '| --- | :-: |',
    '| fix-sum | ✅ 1.0 |',
    '| say \\| pipe | ❌ 0.0 |',
    '',
    '<details><summary>All tasks</summary>',
    '',
    '</details>',
  ].join('\n');
  expect(markdownForTerminal(comment)).toBe(
    [
      '✅ 2 of 3 solved',
      '',
      'Score 66.7 % · run page (http://127.0.0.1/runs/X)',
      '',
      '  task        result',
      '  fix-sum     ✅ 1.0',
      '  say | pipe  ❌ 0.0',
      '',
      '▸ All tasks',
    ].join('\n'),
  );
});
