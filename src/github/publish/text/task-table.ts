import type { RunView } from '../../../control-plane/control-plane.ts';
import { addSpend, noSpend } from '../../../domain/model.ts';
import { isSolved, type LimitKind, type Outcome, type TestCounts } from '../../../domain/outcome.ts';
import type { Trial } from '../../../domain/trial.ts';
import { formatCents, formatTrialTime } from './figures.ts';
import { inCode, inProse } from './plain-text.ts';
import { tallyOf } from './tally.ts';

const limits: Readonly<Record<LimitKind, string>> = {
  'wall-time': 'out of time',
  turns: 'out of turns',
  tokens: 'out of tokens',
  cost: 'out of budget',
  output: 'too much output',
};

interface TaskTrials {
  readonly taskId: string;
  readonly trials: readonly Trial[];
}

function tasksOf({ run, trials }: RunView): readonly TaskTrials[] {
  const byTask = Map.groupBy(trials, ({ taskId }) => taskId);
  return run.spec.taskIds.map((taskId) => ({ taskId, trials: byTask.get(taskId) ?? [] }));
}

function passed({ trials }: TaskTrials): boolean {
  return trials.every(({ outcome }) => outcome !== null && isSolved(outcome));
}

/** One row for each task: result, time and cost of a trial. With `passing` false only what was not solved, and how much was left out. */
export function taskTable(view: RunView, passing: boolean): string {
  const tasks = tasksOf(view);
  const shown = passing ? tasks : tasks.filter((task) => !passed(task));
  const each = view.run.spec.trialsPerTask === 1 ? '' : ' each';
  const left = tasks.length - shown.length;
  return [
    `| task | result | time${each} | cost${each} |`,
    '|---|---|---:|---:|',
    ...shown.map((task) => taskRow(task, view.taskTitles[task.taskId])),
    ...(left > 0 ? ['', `${left} solved tasks are not shown here.`] : []),
  ].join('\n');
}

function taskRow(task: TaskTrials, title: string | undefined): string {
  const name = title === undefined ? inCode(task.taskId) : `${inCode(task.taskId)} ${inProse(title, 80)}`;
  const ran = task.trials.filter(({ startedAt, finishedAt }) => startedAt !== null && finishedAt !== null);
  const time = ran.reduce((sum, trial) => sum + ((trial.finishedAt ?? 0) - (trial.startedAt ?? 0)), 0);
  const { cost } = task.trials.reduce((sum, { spend }) => addSpend(sum, spend), noSpend);
  const trials = Math.max(1, task.trials.length);
  const cells = [
    name,
    taskResult(task),
    ran.length === 0 ? '–' : formatTrialTime(time / ran.length),
    formatCents(cost === null ? null : cost / trials),
  ];
  return `| ${cells.join(' | ')} |`;
}

function taskResult({ trials }: TaskTrials): string {
  const [only] = trials;
  if (only && trials.length === 1) return only.outcome ? outcomeText(only.outcome) : '⏳';
  const { total, solved, unsolved, faulted, cancelled, open } = tallyOf(trials);
  const judged = solved + unsolved;
  const sign = unsolved > 0 ? '❌' : solved > 0 ? '✅' : faulted > 0 ? '⚠️' : cancelled > 0 ? '🚫' : '⏳';
  const parts = [
    judged > 0 ? `${sign} ${solved}/${judged}` : sign,
    faulted > 0 ? `${faulted} of ${total} not judged ⚠️` : '',
    cancelled > 0 ? `${cancelled} cancelled` : '',
    open > 0 ? `${open} open` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'faulted') return `⚠️ not judged (${outcome.fault})`;
  if (outcome.kind === 'cancelled') return '🚫 cancelled';
  const limit = outcome.kind === 'limited' ? `, ${limits[outcome.limit]}` : '';
  return `${isSolved(outcome) ? '✅' : '❌'}${rewardText(outcome.reward)}${testsText(outcome.tests)}${limit}`;
}

/** Only a part of the reward needs a figure. */
function rewardText(reward: number): string {
  return reward > 0 && reward < 1 ? ` ${reward.toFixed(2)}` : '';
}

function testsText(tests: TestCounts | null): string {
  return tests ? ` ${tests.passed}/${tests.passed + tests.failed + tests.other} tests` : '';
}

/** What happened to trials nobody could judge, one line each. */
export function faultList({ trials }: RunView, most: number): string {
  const faults = trials.flatMap(({ taskId, repetition, outcome }) =>
    outcome?.kind === 'faulted'
      ? [`- ${inCode(taskId)}, trial ${repetition}, ${outcome.fault}: ${inCode(outcome.message, 300)}`]
      : [],
  );
  const more = faults.length > most ? [`- and ${faults.length - most} more`] : [];
  return [...faults.slice(0, most), ...more].join('\n');
}

/** Where each trial ran and what it used, folded away. With `passing` false only those that did not solve their task. */
export function trialDetails({ trials }: RunView, passing: boolean): string {
  const shown = trials.filter(({ outcome }) => passing || outcome === null || !isSolved(outcome));
  const rows = shown.map((trial) => {
    const { spend, sandbox } = trial;
    const cells = [
      `${inCode(trial.taskId)} ${trial.repetition}`,
      sandbox ? inCode(sandbox.id.slice(0, 12)) : '–',
      sandbox ? inCode(sandbox.image) : '–',
      trial.turns,
      `${spend.inputTokens} + ${spend.outputTokens}`,
      trial.tries,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '<details><summary>Trials: sandboxes, turns and tokens</summary>',
    '',
    '| trial | sandbox | image | turns | tokens in + out | tries |',
    '|---|---|---|---:|---:|---:|',
    ...rows,
    '',
    '</details>',
  ].join('\n');
}
