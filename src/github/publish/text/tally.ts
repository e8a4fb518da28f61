import { isSolved, type Outcome } from '../../../domain/outcome.ts';
import { addSpend, noSpend } from '../../../domain/model.ts';
import type { MicroUsd } from '../../../domain/money.ts';
import type { Trial } from '../../../domain/trial.ts';

/** Trials by how they ended; `open` ones have not. */
export interface Tally {
  readonly total: number;
  readonly open: number;
  readonly solved: number;
  readonly unsolved: number;
  /** Of the unsolved, those a limit stopped. */
  readonly limited: number;
  readonly faulted: number;
  readonly cancelled: number;
  readonly cost: MicroUsd | null;
}

/** Counts trials for people: a fault is never counted as unsolved. */
export function tallyOf(trials: readonly Trial[]): Tally {
  const outcomes = trials.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const count = (matches: (outcome: Outcome) => boolean): number => outcomes.filter(matches).length;
  const solved = count(isSolved);
  return {
    total: trials.length,
    open: trials.length - outcomes.length,
    solved,
    unsolved: count(({ kind }) => kind === 'graded' || kind === 'limited') - solved,
    limited: count((outcome) => outcome.kind === 'limited' && !isSolved(outcome)),
    faulted: count(({ kind }) => kind === 'faulted'),
    cancelled: count(({ kind }) => kind === 'cancelled'),
    cost: trials.reduce((sum, { spend }) => addSpend(sum, spend), noSpend).cost,
  };
}
