import { expect, test } from 'vitest';
import {
  cancelledView,
  finishedView,
  runningView,
  sampleRunId,
  sampleStart,
} from '../../../../tests/world/sample-run.ts';
import { parseCommands } from '../../commands/parser.ts';
import { commandFaultText, refusalText } from './fault-text.ts';
import {
  deniedText,
  helpText,
  nothingToCancelText,
  statusText,
  unknownRunText,
  whichRunText,
} from './reply.ts';

const context = { now: sampleStart + 65_000, publicBaseUrl: 'https://bench.example' };

test('help lists every command with its arguments and the role it needs', async () => {
  await expect(helpText(undefined)).toMatchFileSnapshot('./snapshots/help.md');
});

test('help of a command explains each argument and gives examples', async () => {
  await expect(helpText('run')).toMatchFileSnapshot('./snapshots/help-run.md');
});

test('status is one line for each run', async () => {
  const views = [runningView(), finishedView(), cancelledView()];
  await expect(statusText(views, context)).toMatchFileSnapshot('./snapshots/status.md');
  expect(statusText([], context)).toContain('/clawbench run entry-test');
});

test('several live runs are listed with the command for each', () => {
  const text = whichRunText([runningView(), runningView(), finishedView()], context);
  expect(text).toContain('2 runs are under way here.');
  expect(text).toContain(`/clawbench cancel ${sampleRunId}`);
  expect(text).toContain('/clawbench cancel all');
});

test('a cancel that changes nothing says why', () => {
  expect(nothingToCancelText(undefined, 'not-found')).toBe('Nothing is running in this thread.');
  expect(nothingToCancelText(sampleRunId, 'already')).toContain('is being stopped already');
  expect(nothingToCancelText(sampleRunId, 'too-late')).toContain('has already ended');
  expect(nothingToCancelText(sampleRunId, 'not-found')).toBe(unknownRunText(sampleRunId));
});

test('a denial is one folded line that names the role', () => {
  expect(deniedText('read', 'write')).toMatch(
    /^<details><summary>This needs the role <code>write<\/code>[^\n]*<\/details>$/,
  );
  expect(deniedText('none', 'write')).toContain('You have no role here.');
});

test.each<[string, string]>([
  [
    '/clawbench rnu x',
    '😕 `rnu` is not a command. Did you mean `/clawbench run`? Commands: `run`, `status`, `cancel`, `help`. See `/clawbench help`.',
  ],
  [
    '/clawbench run entry-test trails=3',
    '😕 `trails` is not an option of `run`. Did you mean `trials`? Options: `benchmark`, `agent`, `model`, `tasks`, `trials`, `budget`, `timeout`. See `/clawbench help run`.',
  ],
  [
    '/clawbench run entry-test --trials',
    '😕 `trials` of `run` needs a value: write `trials=…`. See `/clawbench help run`.',
  ],
  ['/clawbench run', '😕 `run` needs `<benchmark>`. See `/clawbench help run`.'],
  [
    '/clawbench run a $5',
    '😕 `$5` is one word too many for `run`. Did you mean `budget=$5`? See `/clawbench help run`.',
  ],
  [
    '/clawbench run a timeout=30',
    '😕 `30` cannot be `timeout=…` of `run`: it must be a time with its unit, such as 90s, 30m or 1h30m, up to 24h. See `/clawbench help run`.',
  ],
  [
    '/clawbench run a trials=1 trials=2',
    '😕 `trials` of `run` is given twice. Give it once. See `/clawbench help run`.',
  ],
  ['/clawbench run a tasks="b', '😕 A quote `"` in `run` is not closed. See `/clawbench help run`.'],
  [
    '/clawbench `@everyone`',
    '😕 `@everyone` is not a command. Commands: `run`, `status`, `cancel`, `help`. See `/clawbench help`.',
  ],
])('%s is answered with what would be right', (body, text) => {
  const [reading] = parseCommands(body);
  expect(reading?.kind === 'fault' && commandFaultText(reading.fault)).toBe(text);
});

test('a refused run lists every fault with the nearest right name', () => {
  const text = refusalText([
    {
      field: 'pack',
      message: 'there is no benchmark "entri-test"',
      nearest: 'entry-test',
      valid: ['entry-test', 'terminal-bench'],
    },
    {
      field: 'trials',
      message: 'trials must be a whole number from 1 to 20, not 99',
      nearest: undefined,
      valid: [],
    },
  ]);
  expect(text).toBe(
    '😕 Nothing was started:\n' +
      '- there is no benchmark "entri-test". Did you mean `entry-test`? Valid: `entry-test`, `terminal-bench`.\n' +
      '- trials must be a whole number from 1 to 20, not 99.',
  );
});

test('many valid names are cut', () => {
  const valid = Array.from({ length: 100 }, (_, index) => `task-${index}`);
  const text = refusalText([{ field: 'tasks', message: 'no task matches', nearest: undefined, valid }]);
  expect(text).toContain('`task-39`, and 60 more.');
});
