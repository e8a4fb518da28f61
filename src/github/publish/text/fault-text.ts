import type { RequestFault } from '../../../control-plane/control-plane.ts';
import type { CommandFault } from '../../commands/command-fault.ts';
import { commandRow, commandWord, type ArgumentRow } from '../../commands/table.ts';
import type { CommandVerb } from '../../../domain/command.ts';
import { inCode, inProse } from './plain-text.ts';

type FaultText = { readonly [Kind in CommandFault['kind']]: (fault: FaultOf<Kind>) => string };
type FaultOf<Kind extends CommandFault['kind']> = Extract<CommandFault, { kind: Kind }>;

const texts: FaultText = {
  'unknown-verb': ({ written, nearest, valid }) =>
    `${inCode(written)} is not a command. ${didYouMean(nearest && `${commandWord} ${nearest}`)}Commands: ${listed(valid)}.`,
  'unknown-option': ({ verb, written, nearest, valid }) =>
    valid.includes(written)
      ? `${inCode(written)} of \`${verb}\` needs a value: write ${usageOf(verb, written)}.`
      : `${inCode(written)} is not an option of \`${verb}\`. ${didYouMean(nearest)}Options: ${listed(valid)}.`,
  'repeated-option': ({ verb, key }) => `\`${key}\` of \`${verb}\` is given twice. Give it once.`,
  'missing-argument': ({ verb, key }) => `\`${verb}\` needs ${usageOf(verb, key)}.`,
  'surplus-word': ({ verb, written, belongsTo }) =>
    `${inCode(written)} is one word too many for \`${verb}\`. ${didYouMean(belongsTo && `${belongsTo}=${written}`)}`,
  'bad-value': ({ verb, key, written, expected, nearest }) =>
    `${inCode(written)} cannot be ${usageOf(verb, key)} of \`${verb}\`: it must be ${expected}. ${didYouMean(nearest)}`,
  'open-quote': ({ verb }) => `A quote \`"\` in ${inCode(verb ?? commandWord)} is not closed.`,
  'reordered-text': () =>
    'The line holds invisible characters that change the order of text, so it may not say what it shows. Type it again.',
  'line-too-long': ({ length, most }) => `The line has ${length} characters; a command has ${most} at most.`,
  'too-many-commands': ({ found, most }) =>
    `The comment has ${found} commands and the first ${most} were read. Put the others in a comment of their own.`,
  'comment-too-complex': () =>
    'The comment is too deeply nested to be read for commands. Put the command in a short comment of its own.',
};

/** One paragraph: what is wrong with a command line, and the nearest right one. */
export function commandFaultText(fault: CommandFault): string {
  const verb = 'verb' in fault && fault.verb ? ` ${fault.verb}` : '';
  return `😕 ${textOf(fault).trim()} See \`${commandWord} help${verb}\`.`;
}

function textOf<Kind extends CommandFault['kind']>(fault: FaultOf<Kind> & { readonly kind: Kind }): string {
  return texts[fault.kind](fault);
}

/** What is wrong with a run that was asked for, all at once. */
export function refusalText(faults: readonly RequestFault[]): string {
  const lines = faults.map(({ message, nearest, valid }) => {
    const shown = valid.slice(0, 40);
    const more = valid.length > shown.length ? `, and ${valid.length - shown.length} more` : '';
    const choices = shown.length === 0 ? '' : ` Valid: ${listed(shown)}${more}.`;
    return `- ${inProse(message, 400)}. ${didYouMean(nearest)}${choices}`.replace(/\s+/g, ' ').trim();
  });
  return ['😕 Nothing was started:', ...lines].join('\n');
}

function didYouMean(nearest: string | undefined): string {
  return nearest ? `Did you mean ${inCode(nearest)}? ` : '';
}

function listed(names: readonly string[]): string {
  return names.map((name) => inCode(name)).join(', ');
}

function usageOf(verb: CommandVerb, key: string): string {
  const row = commandRow(verb).arguments.find((argument) => argument.key === key);
  return row ? inCode(argumentUsage(row)) : inCode(key);
}

/** `<benchmark>` or `trials=…`. */
export function argumentUsage({ key, bare }: ArgumentRow): string {
  return bare ? `<${key}>` : `${key}=…`;
}
