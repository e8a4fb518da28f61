import { describe, expect, test } from 'vitest';
import { canRunMove, isRunLive, liveRunStatuses, runStatuses, runTransitions } from './run.ts';
import {
  canTrialMove,
  heldTrialStatuses,
  isTrialTerminal,
  terminalTrialStatuses,
  trialStatuses,
  trialTransitions,
} from './trial.ts';

function reachable<Status extends string>(
  start: Status,
  table: Record<Status, readonly Status[]>,
): Set<Status> {
  const seen = new Set([start]);
  for (const status of seen) for (const next of table[status]) seen.add(next);
  return seen;
}

describe('trial lifecycle', () => {
  test('every status can be reached from queued', () => {
    expect(reachable('queued', trialTransitions)).toEqual(new Set(trialStatuses));
  });

  test('terminal statuses lead nowhere, all others can be cancelled and can fault', () => {
    for (const status of trialStatuses) {
      const ends = ['cancelled', 'faulted'].filter((end) =>
        trialTransitions[status].some((move) => move === end),
      );
      expect(ends).toEqual(isTrialTerminal(status) ? [] : ['cancelled', 'faulted']);
      expect(trialTransitions[status].length === 0).toBe(isTrialTerminal(status));
    }
  });

  test('a worker that dies leaves a held trial that can be queued again, and only such a one', () => {
    const requeued = trialStatuses.filter((status) => canTrialMove(status, 'queued'));
    expect(requeued).toEqual([...heldTrialStatuses]);
  });

  test('only the verifier gives a reward', () => {
    for (const status of trialStatuses) {
      expect(canTrialMove(status, 'graded')).toBe(status === 'verifying');
      expect(canTrialMove(status, 'limited')).toBe(status === 'verifying');
    }
  });

  test('queued, held and terminal are all there is', () => {
    expect(new Set(['queued', ...heldTrialStatuses, ...terminalTrialStatuses])).toEqual(
      new Set(trialStatuses),
    );
  });
});

describe('run lifecycle', () => {
  test('every status can be reached from queued', () => {
    expect(reachable('queued', runTransitions)).toEqual(new Set(runStatuses));
  });

  test('a run ends only by being finalized, cancelled or not', () => {
    for (const status of runStatuses) {
      expect(canRunMove(status, 'finished')).toBe(status === 'finalizing');
      expect(canRunMove(status, 'cancelled')).toBe(status === 'finalizing');
      expect(isRunLive(status)).toBe(runTransitions[status].length > 0);
    }
    expect(liveRunStatuses).toEqual(['queued', 'running', 'finalizing']);
  });
});
