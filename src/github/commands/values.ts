import { parsePackRef, type PackRef } from '../../domain/benchmark.ts';
import { parseRunId, type RunId } from '../../domain/ids.ts';
import { microUsd, type MicroUsd } from '../../domain/money.ts';
import { commandVerbs, isCommandVerb, type ArgumentForm } from './table.ts';
import type { CommandVerb } from '../../domain/command.ts';

/** What each form of argument is read to. */
export interface ArgumentValues {
  readonly pack: PackRef;
  readonly name: string;
  readonly model: string;
  readonly list: readonly string[];
  readonly count: number;
  readonly money: MicroUsd;
  readonly duration: number;
  readonly 'run-id': RunId;
  readonly 'run-id-or-all': RunId | 'all';
  readonly verb: CommandVerb;
}

type FormReader<Form extends ArgumentForm> = (text: string) => ArgumentValues[Form] | undefined;

/** A reader for each form (undefined: not such a value), and what to tell someone whose value is refused. */
export const forms: {
  readonly [Form in ArgumentForm]: { readonly read: FormReader<Form>; readonly expected: string };
} = {
  pack: {
    read: (text) => orUndefined(() => parsePackRef(text.toLowerCase())),
    expected: 'a benchmark such as entry-test, or with its version entry-test@1',
  },
  name: {
    read: (text) => (/^[\w.-]{1,60}$/.test(text) ? text : undefined),
    expected: 'a name of letters, digits, dots, dashes and underscores',
  },
  model: {
    read: (text) => (/^[\w.:/@-]{1,120}$/.test(text) ? text : undefined),
    expected: 'a model as provider/id',
  },
  list: { read: readList, expected: 'up to 100 task ids with commas between them' },
  count: {
    read: (text) => (/^[1-9]\d{0,2}$/.test(text) ? Number(text) : undefined),
    expected: 'a whole number from 1 to 999',
  },
  money: { read: readMoney, expected: 'dollars, such as $5 or $0.50' },
  duration: { read: readDuration, expected: 'a time with its unit, such as 90s, 30m or 1h30m, up to 24h' },
  'run-id': { read: readRunId, expected: 'a run id, 26 letters and digits' },
  'run-id-or-all': {
    read: (text) => (text.toLowerCase() === 'all' ? 'all' : readRunId(text)),
    expected: 'a run id (26 letters and digits) or all',
  },
  verb: {
    read: (text) => {
      const verb = text.toLowerCase();
      return isCommandVerb(verb) ? verb : undefined;
    },
    expected: `one of ${commandVerbs.join(', ')}`,
  },
};

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readRunId(text: string): RunId | undefined {
  return orUndefined(() => parseRunId(text));
}

function readList(text: string): readonly string[] | undefined {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const fits =
    items.length > 0 && items.length <= 100 && items.every((item) => /^[\w.*?/@-]{1,120}$/.test(item));
  return fits ? items : undefined;
}

function readMoney(text: string): MicroUsd | undefined {
  const amount = /^\$?(\d{1,6}(?:\.\d{1,6})?)(?:\$|usd)?$/i.exec(text)?.[1];
  const micro = amount === undefined ? 0 : microUsd(Number(amount));
  return micro > 0 ? micro : undefined;
}

function readDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/i.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  return ms > 0 && ms <= 24 * 3_600_000 ? ms : undefined;
}
