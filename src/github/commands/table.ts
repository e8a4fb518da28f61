import type { Role } from '../../domain/access.ts';
import type { CommandVerb } from '../../domain/command.ts';

/** The word every command begins with. */
export const commandWord = '/clawbench';

/** Commands read from one comment; more are answered with a fault. */
export const maxCommandsPerComment = 3;

/** What an argument's value must look like; `values.ts` reads each form. */
export type ArgumentForm =
  | 'pack'
  | 'name'
  | 'model'
  | 'list'
  | 'count'
  | 'money'
  | 'duration'
  | 'run-id'
  | 'run-id-or-all'
  | 'verb';

/** One argument: a bare word when `bare`, else `key=value`. */
export interface ArgumentRow {
  readonly key: string;
  readonly form: ArgumentForm;
  readonly bare: boolean;
  readonly required: boolean;
  readonly summary: string;
}

/** One verb. Parser, help and permission are read from this row and nowhere else. */
export interface CommandRow {
  readonly verb: CommandVerb;
  readonly summary: string;
  readonly needs: Role;
  readonly arguments: readonly ArgumentRow[];
  /** Each without the command word; tests parse every one. */
  readonly examples: readonly string[];
}

const option = (key: string, form: ArgumentForm, summary: string): ArgumentRow => ({
  key,
  form,
  bare: false,
  required: false,
  summary,
});

const word = (key: string, form: ArgumentForm, summary: string, required = false): ArgumentRow => ({
  key,
  form,
  bare: true,
  required,
  summary,
});

/** Every command, in the order help shows them. */
export const commandTable = {
  run: {
    verb: 'run',
    summary: 'run an agent on a benchmark and report the score here',
    needs: 'write',
    arguments: [
      word(
        'benchmark',
        'pack',
        'a benchmark, with a version if you want: `entry-test` or `entry-test@1`',
        true,
      ),
      option('agent', 'name', 'public name of the agent that takes part'),
      option('model', 'model', 'model as `provider/id`'),
      option('tasks', 'list', 'task ids, with commas between them; `*` and `?` stand for any text'),
      option('trials', 'count', 'how often each task is tried'),
      option('budget', 'money', 'most money the whole run may cost, such as `$5`'),
      option('timeout', 'duration', 'most time the agent has for one task, such as `90s`, `30m` or `1h30m`'),
    ],
    examples: [
      'run entry-test',
      'run entry-test@1 trials=3 budget=$5',
      'run entry-test tasks=fix-*,count-words timeout=10m',
    ],
  },
  status: {
    verb: 'status',
    summary: 'say how far the runs of this thread are',
    needs: 'triage',
    arguments: [word('run', 'run-id', 'a run; without it the newest of this thread')],
    examples: ['status', 'status 01K0V5Z3QK6M1T6E0G2Q1N4W7B'],
  },
  cancel: {
    verb: 'cancel',
    summary: 'stop a run; what was scored until then is kept',
    needs: 'write',
    arguments: [
      word('run', 'run-id-or-all', 'a run, or `all` of this thread; without it the only one under way'),
    ],
    examples: ['cancel', 'cancel all', 'cancel 01K0V5Z3QK6M1T6E0G2Q1N4W7B'],
  },
  help: {
    verb: 'help',
    summary: 'list the commands, or explain one',
    needs: 'triage',
    arguments: [word('command', 'verb', 'a command')],
    examples: ['help', 'help run', 'run --help'],
  },
} as const satisfies { readonly [Verb in CommandVerb]: CommandRow & { readonly verb: Verb } };

export const commandVerbs: readonly CommandVerb[] = Object.values(commandTable).map(({ verb }) => verb);

export function isCommandVerb(text: string): text is CommandVerb {
  return commandVerbs.some((verb) => verb === text);
}

/** The row of a verb, without the exact types of its literals. */
export function commandRow(verb: CommandVerb): CommandRow {
  return commandTable[verb];
}
