import { formatCost, formatDuration } from '../contract/figures.ts';
import type { RunProgress, TrialProgress, TrialStage } from './run-progress.ts';
import { terminalSafe } from './terminal-safe.ts';

const signs = {
  queued: { sign: '·', colour: 90, word: 'queued' },
  preparing: { sign: '○', colour: 36, word: 'preparing' },
  running: { sign: '●', colour: 34, word: 'running' },
  verifying: { sign: '◐', colour: 35, word: 'verifying' },
  solved: { sign: '✔', colour: 32, word: 'solved' },
  unsolved: { sign: '✘', colour: 31, word: 'not solved' },
  'no-grade': { sign: '!', colour: 33, word: 'no grade' },
  cancelled: { sign: '–', colour: 90, word: 'cancelled' },
} as const satisfies Record<TrialStage, { sign: string; colour: number; word: string }>;

/** Tasks drawn at once; of more the busy ones come first. */
const maxRows = 30;
const escape = String.fromCharCode(27);

/** Word for a stage, for lines of text. */
export function stageWord(stage: TrialStage): string {
  return signs[stage].word;
}

/** The grid tasks × trials, a legend of what it shows, and how far the run is: lines no wider than `columns`. */
export function drawGrid(progress: RunProgress, now: number, columns: number): readonly string[] {
  const tasks = [...Map.groupBy(progress.trials, (trial) => trial.taskId)];
  const shown = tasks.length > maxRows ? tasks.sort(busiestFirst).slice(0, maxRows) : tasks;
  const nameWidth = Math.min(Math.max(...shown.map(([taskId]) => taskId.length), 4), 40);
  const cells = Math.max(1, columns - nameWidth - 14);
  const rows = shown.map(([taskId, trials]) => {
    const name = terminalSafe(taskId).slice(0, nameWidth).padEnd(nameWidth);
    return `  ${name}  ${trials.slice(0, cells).map(drawSign).join('')}  ${rowTime(trials, now)}`;
  });
  const hidden = tasks.length - shown.length;
  return [
    ...rows,
    ...(hidden > 0 ? [`  … and ${hidden} more tasks`] : []),
    legend(progress),
    statusLine(progress, now).slice(0, columns),
  ];
}

/** `4 of 12 trials over, 3 solved · cost $0.12 · 48 s · about 1 m 30 s left`. */
export function statusLine(progress: RunProgress, now: number): string {
  const { over, trials } = progress;
  const solved = over.filter((trial) => trial.stage === 'solved').length;
  const cost = `cost ${formatCost(progress.costKnown ? progress.costMicroUsd : null)}`;
  const left = progress.remainingMs(now);
  return [
    `${over.length} of ${trials.length} trials over, ${solved} solved`,
    cost,
    formatDuration(Math.max(0, (progress.endedAt ?? now) - progress.startedAt)),
    ...(left === null || over.length === trials.length ? [] : [`about ${formatDuration(left)} left`]),
    ...(progress.cancelling ? ['cancelling'] : []),
  ].join(' · ');
}

function drawSign({ stage }: TrialProgress): string {
  const { sign, colour } = signs[stage];
  return `${escape}[${colour}m${sign}${escape}[0m`;
}

function legend({ trials }: RunProgress): string {
  const seen = new Set(trials.map((trial) => trial.stage));
  const words = Object.entries(signs).flatMap(([stage, { sign, word }]) =>
    [...seen].some((present) => present === stage) ? [`${sign} ${word}`] : [],
  );
  return `${escape}[90m  ${words.join('  ')}${escape}[0m`;
}

function rowTime(trials: readonly TrialProgress[], now: number): string {
  const busy = trials.find((trial) => trial.startedAt !== null && trial.finishedAt === null);
  const [first] = busy ? [busy] : trials.filter((trial) => trial.finishedAt !== null).slice(-1);
  if (!first || first.startedAt === null) return '';
  return formatDuration(Math.max(0, (first.finishedAt ?? now) - first.startedAt));
}

function busiestFirst(
  [, a]: readonly [string, readonly TrialProgress[]],
  [, b]: readonly [string, readonly TrialProgress[]],
): number {
  return rank(a) - rank(b);
}

function rank(trials: readonly TrialProgress[]): number {
  if (trials.some(({ startedAt, finishedAt }) => startedAt !== null && finishedAt === null)) return 0;
  return trials.every(({ outcome }) => outcome !== null) ? 1 : 2;
}
