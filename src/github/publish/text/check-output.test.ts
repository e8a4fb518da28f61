import { expect, test } from 'vitest';
import { finishedView, sampleTrial } from '../../../../tests/world/sample-run.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { checkTitle, conclusionOf } from './check-output.ts';

const solved: Outcome = { kind: 'graded', reward: 1, tests: null };
const unsolved: Outcome = { kind: 'graded', reward: 0.5, tests: null };
const inTime: Outcome = { kind: 'limited', limit: 'turns', reward: 1, tests: null };
const late: Outcome = { kind: 'limited', limit: 'wall-time', reward: 0, tests: null };
const broken: Outcome = { kind: 'faulted', fault: 'sandbox', message: 'x' };
const cancelled: Outcome = { kind: 'cancelled', by: 'ada' };

function ended(outcomes: readonly Outcome[], status: 'finished' | 'cancelled' = 'finished') {
  const view = finishedView();
  const trials = outcomes.map((outcome, index) => sampleTrial(index, 'fix-sum', outcome.kind, outcome));
  return { ...view, run: { ...view.run, status }, trials };
}

test.each<[string, readonly Outcome[], string, string]>([
  ['everything solved', [solved, inTime], 'success', '2 of 2 tasks solved'],
  ['something not solved', [solved, unsolved], 'failure', '1 of 2 tasks solved'],
  ['something not solved and something out of time', [unsolved, late], 'failure', '0 of 2 tasks solved'],
  ['everything that is not solved out of time', [solved, late], 'timed_out', '1 of 2 tasks solved'],
  ['something not solved beside a fault', [unsolved, broken], 'failure', '0 of 1 task solved, 1 not judged'],
  ['a fault beside what is solved', [solved, broken], 'neutral', '1 of 1 task solved, 1 not judged'],
  ['faults alone', [broken, broken], 'neutral', 'No score: the infrastructure failed'],
  ['nothing at all', [], 'neutral', 'No score: the infrastructure failed'],
])('%s', (_name, outcomes, conclusion, title) => {
  expect(conclusionOf(ended(outcomes))).toBe(conclusion);
  expect(checkTitle(ended(outcomes), { now: 0, publicBaseUrl: undefined })).toBe(`${title} · scripted model`);
});

test('a cancelled run is cancelled, whatever was judged before', () => {
  expect(conclusionOf(ended([solved, unsolved, broken, cancelled], 'cancelled'))).toBe('cancelled');
});
