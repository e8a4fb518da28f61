import { expect, test } from 'vitest';
import type { Command } from '../../domain/command.ts';
import { parseRunId } from '../../domain/ids.ts';
import type { CommandFault } from './command-fault.ts';
import { parseCommands } from './parser.ts';
import { commandRow, commandVerbs, commandWord } from './table.ts';

const id = '01K0V5Z3QK6M1T6E0G2Q1N4W7B';
const runId = parseRunId(id);

const entryTest = {
  verb: 'run',
  benchmark: 'entry-test',
  version: undefined,
  agent: undefined,
  model: undefined,
  tasks: [],
  trials: undefined,
  budget: undefined,
  timeoutMs: undefined,
} as const satisfies Command;
const help = { verb: 'help', about: undefined } as const;
const status = { verb: 'status', runId: undefined } as const;

function commandsOf(body: string): readonly (Command | CommandFault)[] {
  return parseCommands(body).map((reading) => (reading.kind === 'command' ? reading.command : reading.fault));
}

test.each<[string, string, Command]>([
  ['the plain command', '/clawbench run entry-test', entryTest],
  ['up to three spaces before it', '   /clawbench run entry-test', entryTest],
  ['spaces after it', '/clawbench run entry-test   ', entryTest],
  ['many spaces and tabs between', '/clawbench \t run\t\tentry-test', entryTest],
  ['no-break spaces', '/clawbench\u00a0run\u202fentry-test', entryTest],
  ['full-width letters', '／ｃｌａｗｂｅｎｃｈ　ｒｕｎ　ｅｎｔｒｙ－ｔｅｓｔ', entryTest],
  ['zero-width characters', '\u200b/claw\u200bbench run\u2060 entry\u00ad-test\ufeff', entryTest],
  ['a byte order mark', '\ufeff/clawbench run entry-test', entryTest],
  ['invisible marks of direction', '\u200f/clawbench\u200e run entry-test', entryTest],
  ['capitals', '/ClawBench RUN Entry-Test', entryTest],
  ['DOS line ends', 'Please:\r\n\r\n/clawbench run entry-test\r\nThanks', entryTest],
  ['old Mac line ends', 'Please:\r\r/clawbench run entry-test\rThanks', entryTest],
  ['text above it in the paragraph', 'Let us see\n/clawbench run entry-test', entryTest],
  ['text below it in the paragraph', '/clawbench run entry-test\nand see', entryTest],
  ['a mail signature below it', '/clawbench run entry-test\n--\nada', entryTest],
  ['a rule below it', '/clawbench run entry-test\n---\n', entryTest],
  ['a code block above it', '```\n/clawbench cancel\n```\n/clawbench run entry-test', entryTest],
  ['a quote with a blank line above it', '> /clawbench cancel\n\n/clawbench run entry-test', entryTest],
  [
    'folded text above it',
    '<details>\n\n/clawbench help\n\n</details>\n\n/clawbench run entry-test',
    entryTest,
  ],
  ['an HTML comment behind it', '/clawbench run entry-test <!-- once -->', entryTest],
  ['a name as code', '/clawbench run `entry-test`', entryTest],
  ['emoji around it', '🎉\n/clawbench run entry-test\n🎉', entryTest],
  ['an escaped character elsewhere', '\\*\n/clawbench run entry-test', entryTest],
  ['a version', '/clawbench run entry-test@1.2', { ...entryTest, version: '1.2' }],
  ['trials', '/clawbench run entry-test trials=3', { ...entryTest, trials: 3 }],
  ['an option before the benchmark', '/clawbench run trials=3 entry-test', { ...entryTest, trials: 3 }],
  ['the benchmark by name', '/clawbench run benchmark=entry-test', entryTest],
  ['an option as a flag', '/clawbench run entry-test --trials=3', { ...entryTest, trials: 3 }],
  ['an option in capitals', '/clawbench run entry-test TRIALS=3', { ...entryTest, trials: 3 }],
  ['quotes', '/clawbench run entry-test trials="3"', { ...entryTest, trials: 3 }],
  ['typographers’ quotes', '/clawbench run entry-test trials=“3”', { ...entryTest, trials: 3 }],
  ['dollars', '/clawbench run entry-test budget=$5', { ...entryTest, budget: 5_000_000 }],
  ['dollars without a sign', '/clawbench run entry-test budget=0.5', { ...entryTest, budget: 500_000 }],
  ['a time', '/clawbench run entry-test timeout=90s', { ...entryTest, timeoutMs: 90_000 }],
  ['a longer time', '/clawbench run entry-test timeout=1h30m', { ...entryTest, timeoutMs: 5_400_000 }],
  ['one task', '/clawbench run entry-test tasks=fix-sum', { ...entryTest, tasks: ['fix-sum'] }],
  [
    'patterns that look like emphasis',
    '/clawbench run entry-test tasks=*fix*,a_b_c,?x',
    { ...entryTest, tasks: ['*fix*', 'a_b_c', '?x'] },
  ],
  [
    'tasks with spaces in quotes',
    '/clawbench run entry-test tasks="a, b,"',
    { ...entryTest, tasks: ['a', 'b'] },
  ],
  [
    'agent and model',
    '/clawbench run entry-test agent=Codex model=anthropic/claude-sonnet-4-5',
    { ...entryTest, agent: 'Codex', model: 'anthropic/claude-sonnet-4-5' },
  ],
  ['nothing but the word', '/clawbench', help],
  ['help', '/clawbench help', help],
  ['help as a flag', '/clawbench --help', help],
  ['help of a command', '/clawbench help run', { verb: 'help', about: 'run' }],
  ['a command with --help', '/clawbench run --help', { verb: 'help', about: 'run' }],
  ['a command with a dash that became long', '/clawbench run —help', { verb: 'help', about: 'run' }],
  ['a command with --help and nonsense', '/clawbench cancel x=y --HELP', { verb: 'help', about: 'cancel' }],
  ['help --help', '/clawbench help --help', help],
  ['status', '/clawbench status', status],
  ['status of a run', `/clawbench status ${id}`, { verb: 'status', runId }],
  ['a run id in small letters', `/clawbench status ${id.toLowerCase()}`, { verb: 'status', runId }],
  ['cancel', '/clawbench cancel', { verb: 'cancel', target: undefined }],
  ['cancel all', '/clawbench cancel ALL', { verb: 'cancel', target: 'all' }],
  ['cancel a run', `/clawbench cancel run=${id}`, { verb: 'cancel', target: runId }],
])('a command with %s is read', (_name, body, command) => {
  expect(commandsOf(body)).toEqual([command]);
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no command', 'I like it.'],
  ['a mention in a sentence', 'You can write /clawbench run entry-test here.'],
  ['another word', '/clawbenchmark run entry-test'],
  ['a word with a dash', '/clawbench-dev run entry-test'],
  ['four spaces before it', '    /clawbench run entry-test'],
  ['four spaces before it in a paragraph', 'text\n    /clawbench run entry-test'],
  ['a tab before it', '\t/clawbench run entry-test'],
  ['a fence', '```\n/clawbench run entry-test\n```'],
  ['a fence of tildes with a language', '~~~sh\n/clawbench run entry-test\n~~~'],
  ['a fence that is never closed', '```\n/clawbench run entry-test'],
  ['inline code', '`/clawbench run entry-test`'],
  ['inline code over lines', 'see `this\n/clawbench run entry-test\nfor` more'],
  ['a quote', '> /clawbench run entry-test'],
  ['a quote in a quote', '> > /clawbench run entry-test'],
  ['a quote that goes on lazily', '> she wrote\n/clawbench run entry-test'],
  ['a list', '- /clawbench run entry-test'],
  ['a numbered list', '1. /clawbench run entry-test'],
  ['a list item that goes on', '- first\n\n  /clawbench run entry-test'],
  ['a task list', '- [ ] /clawbench run entry-test'],
  ['a heading', '# /clawbench run entry-test'],
  ['an HTML comment', '<!--\n/clawbench run entry-test\n-->'],
  ['an HTML comment in a paragraph', 'text <!--\n/clawbench run entry-test\n--> text'],
  ['a marker of another bot', '<!-- bot: /clawbench run entry-test -->'],
  ['an HTML block', '<div>\n/clawbench run entry-test\n</div>'],
  ['folded text', '<details><summary>log</summary>\n\n/clawbench run entry-test\n\n</details>'],
  ['folded text that is never closed', '<details>\n\n/clawbench run entry-test'],
  ['preformatted text in a paragraph', 'a <pre>\n/clawbench run entry-test\n</pre>'],
  ['a link’s text', '[\n/clawbench run entry-test](https://example.com)'],
  ['an image’s text', '![\n/clawbench run entry-test](https://example.com/x.png)'],
  ['the definition of a link', '[a]: https://example.com\n  "title\n/clawbench run entry-test"'],
  ['a table', '| a |\n|---|\n| /clawbench run entry-test |'],
  ['emphasis', '**/clawbench run entry-test**'],
  ['a character reference', '&#47;clawbench run entry-test'],
  ['an escape', '\\/clawbench run entry-test'],
  ['a path', 'see\n/usr/bin/clawbench run entry-test'],
])('a command in %s is not one', (_name, body) => {
  expect(parseCommands(body)).toEqual([]);
});

test.each<[string, string, CommandFault | Partial<CommandFault>]>([
  [
    'a misspelt command',
    '/clawbench rnu entry-test',
    { kind: 'unknown-verb', written: 'rnu', nearest: 'run', valid: commandVerbs },
  ],
  ['something else', '/clawbench please', { kind: 'unknown-verb', nearest: undefined }],
  [
    'a misspelt option',
    '/clawbench run entry-test trails=3',
    { kind: 'unknown-option', written: 'trails', nearest: 'trials' },
  ],
  [
    'an option of another command',
    '/clawbench status trials=3',
    { kind: 'unknown-option', verb: 'status', valid: ['run'] },
  ],
  [
    'a flag without a value',
    '/clawbench run entry-test --trials',
    { kind: 'unknown-option', written: 'trials', nearest: 'trials' },
  ],
  [
    'an option given twice',
    '/clawbench run entry-test trials=3 trials=4',
    { kind: 'repeated-option', verb: 'run', key: 'trials' },
  ],
  ['two benchmarks', '/clawbench run entry-test benchmark=x', { kind: 'repeated-option', key: 'benchmark' }],
  ['no benchmark', '/clawbench run trials=3', { kind: 'missing-argument', verb: 'run', key: 'benchmark' }],
  [
    'a bare budget',
    '/clawbench run entry-test $5',
    { kind: 'surplus-word', written: '$5', belongsTo: 'budget' },
  ],
  ['a bare time', '/clawbench run entry-test 30m', { kind: 'surplus-word', belongsTo: 'timeout' }],
  ['a bare model', '/clawbench run entry-test openai/gpt-5', { kind: 'surplus-word', belongsTo: 'model' }],
  ['a word too many', '/clawbench run entry-test please', { kind: 'surplus-word', belongsTo: undefined }],
  ['no trials', '/clawbench run entry-test trials=0', { kind: 'bad-value', key: 'trials', written: '0' }],
  ['half a trial', '/clawbench run entry-test trials=1.5', { kind: 'bad-value', key: 'trials' }],
  ['trials in words', '/clawbench run entry-test trials=many', { kind: 'bad-value', key: 'trials' }],
  ['a time without a unit', '/clawbench run entry-test timeout=30', { kind: 'bad-value', key: 'timeout' }],
  ['too long a time', '/clawbench run entry-test timeout=25h', { kind: 'bad-value', key: 'timeout' }],
  ['no time', '/clawbench run entry-test timeout=', { kind: 'bad-value', key: 'timeout', written: '' }],
  ['free money', '/clawbench run entry-test budget=$0', { kind: 'bad-value', key: 'budget' }],
  ['another currency', '/clawbench run entry-test budget=€5', { kind: 'bad-value', key: 'budget' }],
  ['an agent of two words', '/clawbench run entry-test agent="A b"', { kind: 'bad-value', key: 'agent' }],
  ['no task', '/clawbench run entry-test tasks=,', { kind: 'bad-value', key: 'tasks' }],
  ['a path as a benchmark', '/clawbench run ../../etc', { kind: 'bad-value', key: 'benchmark' }],
  [
    'something that is no run',
    '/clawbench cancel everything',
    { kind: 'bad-value', key: 'run', written: 'everything' },
  ],
  ['help for a misspelt command', '/clawbench help cancle', { kind: 'bad-value', nearest: 'cancel' }],
  ['an open quote', '/clawbench run entry-test tasks="a', { kind: 'open-quote', verb: 'run' }],
  ['text that is turned around', '/clawbench run entry-test budget=\u202e$0001', { kind: 'reordered-text' }],
  ['an isolated direction', '/clawbench run entry-test \u2067x\u2069', { kind: 'reordered-text' }],
  [
    'a line without end',
    `/clawbench run entry-test ${'x'.repeat(2_000)}`,
    { kind: 'line-too-long', most: 2_000 },
  ],
])('%s is told what would be right', (_name, body, fault) => {
  expect(commandsOf(body)).toEqual([expect.objectContaining(fault)]);
});

test('several commands are read in order, and the fourth is refused', () => {
  const [first, second, third, rest] = commandsOf(
    '/clawbench status\n/clawbench run entry-test\n\n/clawbench nonsense\n/clawbench cancel all',
  );
  expect([first, second]).toEqual([status, entryTest]);
  expect(third).toMatchObject({ kind: 'unknown-verb' });
  expect(rest).toEqual({ kind: 'too-many-commands', found: 4, most: 3 });
});

test('every example of the table is a command of its row', () => {
  for (const verb of commandVerbs) {
    for (const example of commandRow(verb).examples) {
      const [reading] = parseCommands(`${commandWord} ${example}`);
      expect({ example, kind: reading?.kind }).toEqual({ example, kind: 'command' });
    }
    expect(commandRow(verb).examples.length).toBeGreaterThan(0);
  }
});
