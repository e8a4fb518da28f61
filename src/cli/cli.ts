import { closest } from 'fastest-levenshtein';
import { parseArgs } from 'node:util';
import { exitCodes, type CliFailure, type CliOptions, type LocalCommand } from './cli-options.ts';
import { commandHelp, overview } from './help.ts';
import { cancelCommand, packListCommand, runsCommand, showCommand } from './read-commands.ts';
import type { CliFlag, CliInput, RemoteCommand } from './remote-command.ts';
import { reportFailure } from './report-failure.ts';
import { runCommand } from './run-command.ts';
import { ServiceClient } from './service-client.ts';

/** Commands that ask the service; those that work in this process come with the options. */
const remoteCommands: Readonly<Record<string, RemoteCommand>> = {
  run: runCommand,
  runs: runsCommand,
  show: showCommand,
  cancel: cancelCommand,
  'pack list': packListCommand,
};

/** Options every command that asks the service has. */
const commonFlags: Readonly<Record<string, CliFlag>> = {
  json: { type: 'boolean', help: 'answer as JSON, for machines' },
  url: { type: 'string', value: 'URL', help: 'where the service is; else CLAWBENCH_URL' },
  token: { type: 'string', value: 'TOKEN', help: 'operator token; else CLAWBENCH_TOKEN' },
  help: { type: 'boolean', help: 'show this' },
};

/**
 * The whole command line. Resolves to the exit code: 0 all passed, 1 tasks failed, 2 wrong usage,
 * 3 no verdict because of trouble that is not the agent's, or a cancel.
 */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<number> {
  const names = [...Object.keys(remoteCommands), ...Object.keys(options.local)];
  const [first = 'help'] = argv;
  if (['help', '--help', '-h'].includes(first)) return showHelp(argv.slice(1), options);
  const name = names.includes(argv.slice(0, 2).join(' ')) ? argv.slice(0, 2).join(' ') : first;
  const args = argv.slice(name.split(' ').length);
  const local = Object.hasOwn(options.local, name) ? options.local[name] : undefined;
  const remote = Object.hasOwn(remoteCommands, name) ? remoteCommands[name] : undefined;
  if (args.includes('--help') && (local ?? remote)) return showHelp([name], options);
  if (local) return local.run(args);
  if (remote) return runRemote(name, remote, { args, options });
  return reportFailure(unknownCommand(argv, names), options);
}

async function runRemote(
  name: string,
  command: RemoteCommand,
  { args, options }: { readonly args: readonly string[]; readonly options: CliOptions },
): Promise<number> {
  const input = parseInput(name, command, args);
  if ('failure' in input) return reportFailure(input.failure, options);
  const url = input.parsed.text('url') ?? options.service.url;
  const token = input.parsed.text('token') ?? options.service.token;
  const client = new ServiceClient({ ...options, service: { url, token } });
  return command.run(input.parsed, client, options);
}

type ParsedInput = { readonly parsed: CliInput } | { readonly failure: CliFailure };

function parseInput(name: string, command: RemoteCommand, args: readonly string[]): ParsedInput {
  const flags = { ...command.flags, ...commonFlags };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(flags).map(([flag, { type, multiple = false }]) => [flag, { type, multiple }]),
      ),
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length !== command.words)
      return { failure: wrongWords(name, command, positionals.length) };
    return { parsed: readInput(values, positionals) };
  } catch (thrown) {
    return { failure: wrongFlag(name, Object.keys(flags), { args, thrown }) };
  }
}

type FlagValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

function readInput(values: FlagValues, words: readonly string[]): CliInput {
  return {
    words,
    text(flag) {
      const value = values[flag];
      return typeof value === 'string' ? value : undefined;
    },
    texts(flag) {
      const value = values[flag];
      return Array.isArray(value) ? value.map(String) : [];
    },
    has: (flag) => values[flag] === true,
  };
}

function showHelp(words: readonly string[], options: CliOptions): number {
  const name = words.join(' ');
  const commands: Readonly<Record<string, LocalCommand | RemoteCommand>> = {
    ...remoteCommands,
    ...options.local,
  };
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name !== '' && !command) return reportFailure(unknownCommand(words, Object.keys(commands)), options);
  options.stdout.write(command ? commandHelp(name, command, commonFlags) : overview(commands));
  return exitCodes.passed;
}

function unknownCommand(argv: readonly string[], names: readonly string[]): CliFailure {
  const given = argv
    .slice(0, 2)
    .filter((word) => !word.startsWith('-'))
    .join(' ')
    .slice(0, 60);
  const candidates = [given, given.split(' ')[0] ?? ''].map((words) => closest(words, [...names]));
  return {
    exitCode: exitCodes.usage,
    message: `there is no command "${given}"`,
    hint: `Did you mean "clawbench ${candidates[given.startsWith('pack') ? 0 : 1] ?? 'help'}"? All commands: clawbench help`,
  };
}

function wrongWords(name: string, command: RemoteCommand, given: number): CliFailure {
  return {
    exitCode: exitCodes.usage,
    message: given > command.words ? 'there are too many words' : 'something is missing',
    hint: `Usage: clawbench ${name} ${command.usage}`.trimEnd(),
  };
}

function wrongFlag(
  name: string,
  known: readonly string[],
  { args, thrown }: { readonly args: readonly string[]; readonly thrown: unknown },
): CliFailure {
  const unknown = args.find((arg) => {
    const flag = /^--([^=]+)/.exec(arg)?.[1];
    return flag !== undefined && !known.includes(flag);
  });
  const flag = unknown?.slice(2).split('=')[0];
  return {
    exitCode: exitCodes.usage,
    message:
      flag === undefined ? firstSentence(thrown) : `"clawbench ${name}" has no option --${flag.slice(0, 60)}`,
    hint: `${flag === undefined ? '' : `Did you mean --${closest(flag, [...known])}? `}All options: clawbench ${name} --help`,
  };
}

function firstSentence(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.message.split(/\.\s/)[0] ?? thrown.message) : String(thrown);
}
