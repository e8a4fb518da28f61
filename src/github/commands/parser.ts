import type { Command, CommandVerb } from '../../domain/command.ts';
import { nearestName } from '../../control-plane/name-matching.ts';
import { findCommandLines } from './command-lines.ts';
import type { CommandFault } from './command-fault.ts';
import {
  commandRow,
  commandVerbs,
  isCommandVerb,
  maxCommandsPerComment,
  type ArgumentForm,
  type ArgumentRow,
} from './table.ts';
import { forms, type ArgumentValues } from './values.ts';
import { splitWords, type Word } from './words.ts';

/** One command of a comment, or what is wrong with it. */
export type CommandReading =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'fault'; readonly fault: CommandFault; readonly verb: CommandVerb | undefined };

/**
 * Reads the commands of a comment, in order; usually there are none. Never throws.
 * At most {@link maxCommandsPerComment} are read; what is beyond is one more fault.
 */
export function parseCommands(body: string): readonly CommandReading[] {
  const found = findCommandLines(body);
  if (found.kind === 'too-complex') return [faulty({ kind: 'comment-too-complex' })];
  const readings = found.lines.slice(0, maxCommandsPerComment).map(parseLine);
  if (found.lines.length <= maxCommandsPerComment) return readings;
  return [
    ...readings,
    faulty({ kind: 'too-many-commands', found: found.lines.length, most: maxCommandsPerComment }),
  ];
}

const maxLineLength = 2_000;

function faulty(fault: CommandFault, verb?: CommandVerb): CommandReading {
  return { kind: 'fault', fault, verb };
}

function parseLine(line: string): CommandReading {
  if (line.length > maxLineLength) {
    return faulty({ kind: 'line-too-long', length: line.length, most: maxLineLength });
  }
  if (/[\u202a-\u202e\u2066-\u2069]/.test(line)) return faulty({ kind: 'reordered-text' });
  const split = splitWords(line);
  const [, first, ...words] = split.words;
  if (!first) return { kind: 'command', command: { verb: 'help', about: undefined } };
  const verb = first.text.replace(/^--/, '').toLowerCase();
  if (!isCommandVerb(verb)) {
    const nearest = nearestName(verb, commandVerbs);
    return faulty({ kind: 'unknown-verb', written: first.text, nearest, valid: commandVerbs });
  }
  if (split.openQuote) return faulty({ kind: 'open-quote', verb }, verb);
  if (words.some((word) => word.key === undefined && /^--help$/i.test(word.text))) {
    return { kind: 'command', command: { verb: 'help', about: verb === 'help' ? undefined : verb } };
  }
  const given = readArguments(verb, words);
  return given instanceof GivenArguments
    ? { kind: 'command', command: builders[verb](given) }
    : faulty(given, verb);
}

/** Arguments by key, as written; each is known to be readable by the form its row names. */
class GivenArguments {
  readonly #texts = new Map<string, string>();

  has(key: string): boolean {
    return this.#texts.has(key);
  }

  set(key: string, text: string): void {
    this.#texts.set(key, text);
  }

  get<Form extends ArgumentForm>(key: string, form: Form): ArgumentValues[Form] | undefined {
    const text = this.#texts.get(key);
    return text === undefined ? undefined : forms[form].read(text);
  }
}

function readArguments(verb: CommandVerb, words: readonly Word[]): GivenArguments | CommandFault {
  const rows = commandRow(verb).arguments;
  const given = new GivenArguments();
  for (const word of words) {
    const row = rowFor(rows, word, given);
    if (!row) return unplaced(verb, word, rows);
    if (given.has(row.key)) return { kind: 'repeated-option', verb, key: row.key };
    const { read, expected } = forms[row.form];
    if (read(word.text) === undefined) {
      const nearest = row.form === 'verb' ? nearestName(word.text, commandVerbs) : undefined;
      return { kind: 'bad-value', verb, key: row.key, written: word.text, expected, nearest };
    }
    given.set(row.key, word.text);
  }
  const missing = rows.find((row) => row.required && !given.has(row.key));
  return missing ? { kind: 'missing-argument', verb, key: missing.key } : given;
}

const builders: Readonly<Record<CommandVerb, (given: GivenArguments) => Command>> = {
  run: (given) => {
    const pack = given.get('benchmark', 'pack');
    return {
      verb: 'run',
      benchmark: pack?.benchmark ?? '',
      version: pack?.version,
      agent: given.get('agent', 'name'),
      model: given.get('model', 'model'),
      tasks: given.get('tasks', 'list') ?? [],
      trials: given.get('trials', 'count'),
      budget: given.get('budget', 'money'),
      timeoutMs: given.get('timeout', 'duration'),
    };
  },
  status: (given) => ({ verb: 'status', runId: given.get('run', 'run-id') }),
  cancel: (given) => ({ verb: 'cancel', target: given.get('run', 'run-id-or-all') }),
  help: (given) => ({ verb: 'help', about: given.get('command', 'verb') }),
};

/** `key=value` goes by its key; a bare word goes to the first bare argument that has no value yet. */
function rowFor(rows: readonly ArgumentRow[], word: Word, given: GivenArguments): ArgumentRow | undefined {
  if (word.key !== undefined) return rows.find((row) => row.key === word.key);
  if (word.text.startsWith('--')) return undefined;
  return rows.find((row) => row.bare && !given.has(row.key));
}

function unplaced(verb: CommandVerb, word: Word, rows: readonly ArgumentRow[]): CommandFault {
  if (word.key === undefined && !word.text.startsWith('--')) {
    const belongsTo = rows.find((row) => !row.bare && looksLike(row.form, word.text))?.key;
    return { kind: 'surplus-word', verb, written: word.text, belongsTo };
  }
  const valid = rows.map((row) => row.key);
  const written = word.key ?? word.text.replace(/^--/, '');
  return { kind: 'unknown-option', verb, written, nearest: nearestName(written, valid), valid };
}

/** Whether a bare word can only have been meant as a value of this form. */
function looksLike(form: ArgumentForm, text: string): boolean {
  if (form === 'model') return text.includes('/') && forms.model.read(text) !== undefined;
  return (
    (form === 'count' || form === 'money' || form === 'duration') && forms[form].read(text) !== undefined
  );
}
