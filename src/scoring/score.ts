import { addSpend, noSpend, type ModelSpend } from '../domain/model.ts';
import { isSolved, rewardOf } from '../domain/outcome.ts';
import type { Score, TrialCounts } from '../domain/run-result.ts';
import type { Trial } from '../domain/trial.ts';
import { intervalOf, meanOf } from './intervals.ts';

/** Rewards of graded and limited trials by task; a task all of whose trials have none is an empty list. */
function rewardsByTask(trials: readonly Trial[]): readonly (readonly number[])[] {
  const byTask = new Map<string, number[]>();
  for (const trial of trials) {
    const rewards = byTask.get(trial.taskId) ?? [];
    const reward = trial.outcome && rewardOf(trial.outcome);
    if (reward !== null) rewards.push(reward);
    byTask.set(trial.taskId, rewards);
  }
  return [...byTask.values()];
}

/**
 * Mean over tasks of the mean reward of each task's graded trials, with its interval: every task weighs the same,
 * and a trial we failed to run is left out instead of counting as a zero.
 */
export function scoreOf(trials: readonly Trial[]): Score {
  const tasks = rewardsByTask(trials);
  const graded = tasks.filter((rewards) => rewards.length > 0);
  return {
    mean: graded.length === 0 ? null : meanOf(graded.map(meanOf)),
    interval: intervalOf(tasks),
  };
}

/** Counts trials by how they ended; those that have not ended are in `registered` alone. */
export function countTrials(trials: readonly Trial[]): TrialCounts {
  const counts = { registered: trials.length, solved: 0, unsolved: 0, faulted: 0, cancelled: 0 };
  for (const { outcome } of trials) {
    if (!outcome) continue;
    switch (outcome.kind) {
      case 'graded':
      case 'limited':
        if (isSolved(outcome)) counts.solved += 1;
        else counts.unsolved += 1;
        break;
      case 'faulted':
        counts.faulted += 1;
        break;
      case 'cancelled':
        counts.cancelled += 1;
        break;
    }
  }
  return counts;
}

/** What all trials spent on models, over all their tries. */
export function totalSpend(trials: readonly Trial[]): ModelSpend {
  return trials.reduce((sum, trial) => addSpend(sum, trial.spend), noSpend);
}

/** Milliseconds from the first claim to the end of the last trial that was claimed; null when none was. */
export function durationOf(trials: readonly Trial[]): number | null {
  const starts = trials.flatMap((trial) => trial.startedAt ?? []);
  const ends = trials.flatMap((trial) => (trial.startedAt === null ? [] : (trial.finishedAt ?? [])));
  return starts.length === 0 || ends.length === 0 ? null : Math.max(...ends) - Math.min(...starts);
}
