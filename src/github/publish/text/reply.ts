import type { CancelAnswer, RunView } from '../../../control-plane/control-plane.ts';
import type { Role } from '../../../domain/access.ts';
import type { CommandVerb } from '../../../domain/command.ts';
import type { RunId } from '../../../domain/ids.ts';
import { isRunLive } from '../../../domain/run.ts';
import { commandRow, commandVerbs, commandWord, maxCommandsPerComment } from '../../commands/table.ts';
import { argumentUsage } from './fault-text.ts';
import { headingOf } from './run-comment.ts';
import { commandBlock, elapsedOf, progressLine, runPage, subjectOf, type TextContext } from './run-facts.ts';
import { tallyOf } from './tally.ts';

/** All commands, or one explained; written from the command table alone. */
export function helpText(about: CommandVerb | undefined): string {
  return about === undefined ? allCommands() : oneCommand(about);
}

function usageOf(verb: CommandVerb): string {
  const words = commandRow(verb).arguments.map((row) =>
    row.required ? argumentUsage(row) : `[${argumentUsage(row)}]`,
  );
  return [commandWord, verb, ...words].join(' ');
}

function allCommands(): string {
  const rows = commandVerbs.map((verb) => {
    const { summary, needs } = commandRow(verb);
    return `| \`${usageOf(verb)}\` | ${summary} | ${needs} |`;
  });
  return [
    '| command | what it does | needs the role |',
    '|---|---|---|',
    ...rows,
    '',
    `A command stands at the beginning of a line, outside code and quotes; at most ${maxCommandsPerComment} in a comment. Editing a comment starts nothing.`,
  ].join('\n');
}

function oneCommand(verb: CommandVerb): string {
  const { summary, needs, arguments: rows, examples } = commandRow(verb);
  return [
    `\`${usageOf(verb)}\``,
    '',
    `To ${summary}. Needs the role \`${needs}\`.`,
    '',
    '| argument | meaning |',
    '|---|---|',
    ...rows.map((row) => `| \`${argumentUsage(row)}\` | ${row.summary} |`),
    '',
    commandBlock(...examples.map((example) => `${commandWord} ${example}`)),
  ].join('\n');
}

/** How far runs are, newest first. */
export function statusText(views: readonly RunView[], context: TextContext): string {
  if (views.length === 0) {
    return `No run was asked for in this thread yet. Ask for one:\n${commandBlock(`${commandWord} run entry-test`)}`;
  }
  return views.map((view) => statusLine(view, context)).join('\n');
}

function statusLine(view: RunView, { now, publicBaseUrl }: TextContext): string {
  const { run, trials, ahead } = view;
  const page = runPage(run, publicBaseUrl);
  const id = page === undefined ? `\`${run.id}\`` : `[\`${run.id}\`](${page})`;
  const progress =
    run.status === 'queued' ? `${ahead} ahead` : progressLine(tallyOf(trials), elapsedOf(view, now));
  return `- ${headingOf(view)} · ${subjectOf(run)} · ${progress} · ${id}`;
}

export function unknownRunText(id: RunId): string {
  return `😕 No run \`${id}\` was asked for in this repository. \`${commandWord} status\` lists those of this thread.`;
}

export const noCommitText =
  '😕 Nothing was started: GitHub shows us no commit to run for. An empty repository has none yet.';

/** Answers to a cancel that changes nothing; one that does is told by the run's own comment. */
export function nothingToCancelText(
  id: RunId | undefined,
  answer: Exclude<CancelAnswer, 'requested'>,
): string {
  if (id === undefined) return 'Nothing is running in this thread.';
  if (answer === 'not-found') return unknownRunText(id);
  return answer === 'already'
    ? `Run \`${id}\` is being stopped already.`
    : `Run \`${id}\` has already ended.`;
}

/** Asks which of several live runs is meant. */
export function whichRunText(views: readonly RunView[], context: TextContext): string {
  const live = views.filter(({ run }) => isRunLive(run.status));
  return [
    `${live.length} runs are under way here. Say which one to stop, or \`all\`:`,
    ...live.map((view) => statusLine(view, context)),
    '',
    commandBlock(...live.map(({ run }) => `${commandWord} cancel ${run.id}`), `${commandWord} cancel all`),
  ].join('\n');
}

/** One folded line for someone who may not do what they asked. */
export function deniedText(role: Role, required: Role): string {
  const have = role === 'none' ? 'You have no role here.' : `Your role here is <code>${role}</code>.`;
  return `<details><summary>This needs the role <code>${required}</code> in this repository.</summary>${have} An administrator of the repository can give it to you, or somebody who has it can write the command.</details>`;
}
