import type { RunView } from '../../../control-plane/control-plane.ts';
import type { CheckConclusion } from '../../repository-client.ts';
import { elapsedOf, progressLine, scriptedSuffix, type TextContext } from './run-facts.ts';
import { headingOf } from './run-comment.ts';
import { tallyOf } from './tally.ts';

/** Title of a check run, without the sign that GitHub shows by itself. */
export function checkTitle(view: RunView, context: TextContext): string {
  const { run, trials } = view;
  const live = run.status === 'running' || run.status === 'finalizing';
  const words = live
    ? progressLine(tallyOf(trials), elapsedOf(view, context.now))
    : headingOf(view).replace(/^\S+ /, '');
  return `${words}${scriptedSuffix(run)}`;
}

/**
 * What a terminal run means for a pull request. A model that did not solve a task is a failure; a fault of ours never is:
 * it is neutral, because nothing was measured.
 */
export function conclusionOf({ run, trials }: RunView): CheckConclusion {
  if (run.status === 'cancelled') return 'cancelled';
  const { solved, unsolved, limited, faulted, cancelled } = tallyOf(trials);
  if (unsolved > 0) return limited === unsolved ? 'timed_out' : 'failure';
  return solved > 0 && faulted + cancelled === 0 ? 'success' : 'neutral';
}
