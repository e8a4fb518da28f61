import type { LocalCommand } from './cli-options.ts';
import type { CliFlag, RemoteCommand } from './remote-command.ts';

/** Order of the overview; commands it does not name come last. */
const order = [
  'demo',
  'serve',
  'worker',
  'run',
  'runs',
  'show',
  'cancel',
  'pack list',
  'pack check',
  'migrate',
];

/** What `clawbench help` shows. */
export function overview(commands: Readonly<Record<string, LocalCommand | RemoteCommand>>): string {
  const names = Object.keys(commands).sort((a, b) => place(a) - place(b));
  const width = Math.max(...names.map((name) => name.length));
  return [
    'ClawBench runs coding agents on benchmark tasks and verifies the result.',
    '',
    'Usage: clawbench <command> [options]',
    '',
    ...names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.summary ?? ''}`),
    '',
    'More about a command: clawbench <command> --help',
    'Exit codes: 0 all passed, 1 tasks failed, 2 wrong usage, 3 no verdict (trouble of the service, or cancelled)',
    '',
  ].join('\n');
}

/** What `clawbench <command> --help` shows. */
export function commandHelp(
  name: string,
  command: LocalCommand | RemoteCommand,
  commonFlags: Readonly<Record<string, CliFlag>>,
): string {
  const lines = 'flags' in command ? flagLines({ ...command.flags, ...commonFlags }) : command.help;
  return [
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    '',
    `Usage: clawbench ${name} ${command.usage}`.trimEnd(),
    '',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function flagLines(flags: Readonly<Record<string, CliFlag>>): readonly string[] {
  const heads = Object.entries(flags).map(
    ([flag, { value, help }]) => [`--${flag}${value === undefined ? '' : ` ${value}`}`, help] as const,
  );
  const width = Math.max(...heads.map(([head]) => head.length));
  return heads.map(([head, help]) => `${head.padEnd(width)}  ${help}`);
}

function place(name: string): number {
  const index = order.indexOf(name);
  return index === -1 ? order.length : index;
}
