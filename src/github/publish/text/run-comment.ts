import type { RunView } from '../../../control-plane/control-plane.ts';
import { formatUsd } from '../../../domain/money.ts';
import type { Eligibility, Interval, RunResult } from '../../../domain/run-result.ts';
import { isRunLive, type RunStatus } from '../../../domain/run.ts';
import { commandWord } from '../../commands/table.ts';
import { counted, formatShare } from './figures.ts';
import { inCode, inProse } from './plain-text.ts';
import {
  commandBlock,
  elapsedOf,
  isScripted,
  progressLine,
  repeatCommand,
  scriptedNote,
  specTable,
  subjectOf,
  traceLine,
  type TextContext,
} from './run-facts.ts';
import { fitting } from './size-ladder.ts';
import { tallyOf, type Tally } from './tally.ts';
import { faultList, taskTable, trialDetails } from './task-table.ts';

/** How much of a run is told; each leaves out more than the one before. */
type Fullness = 'all' | 'unsolved-only' | 'no-details' | 'head';

const fullnesses: readonly Fullness[] = ['all', 'unsolved-only', 'no-details', 'head'];

/** The comment for a run in whatever state it is, in at most `most` UTF-8 bytes. Markdown for GitHub. */
export function runComment(view: RunView, context: TextContext, most: number): string {
  const rungs = fullnesses.map((fullness) => () => {
    const parts = [`### ${headingOf(view)} · ${subjectOf(view.run)}`, ...partsOf(view, context, fullness)];
    return parts.filter((part) => part !== '').join('\n\n');
  });
  return fitting(rungs, most);
}

/** The same without its heading, for the summary of a check run. */
export function runSummary(view: RunView, context: TextContext, most: number): string {
  const rungs = fullnesses.map(
    (fullness) => () =>
      partsOf(view, context, fullness)
        .filter((part) => part !== '')
        .join('\n\n'),
  );
  return fitting(rungs, most);
}

const headings: Readonly<Record<RunStatus, (view: RunView) => string>> = {
  queued: ({ run }) => (run.cancelRequest ? '⏳ Stopping' : '⏳ Queued'),
  running: ({ run }) => (run.cancelRequest ? '⏳ Stopping' : '⏳ Running'),
  finalizing: () => '⏳ Adding up',
  cancelled: () => '🚫 Cancelled',
  finished: ({ run, trials }) => verdictOf(tallyOf(trials), run.spec.trialsPerTask === 1 ? 'task' : 'trial'),
};

/** The verdict in a few words: first thing of the comment, title of the check. */
export function headingOf(view: RunView): string {
  return headings[view.run.status](view);
}

function verdictOf({ solved, unsolved, faulted, cancelled }: Tally, noun: 'task' | 'trial'): string {
  const judged = solved + unsolved;
  if (judged === 0) return '⚠️ No score: the infrastructure failed';
  const missing = faulted + cancelled;
  const gap = missing > 0 ? `, ${missing} not judged` : '';
  const sign = unsolved > 0 ? '❌' : missing > 0 ? '⚠️' : '✅';
  return `${sign} ${solved} of ${counted(judged, noun)} solved${gap}`;
}

function partsOf(view: RunView, context: TextContext, fullness: Fullness): readonly string[] {
  const { run } = view;
  const note = isScripted(run) ? scriptedNote : '';
  if (isRunLive(run.status)) {
    const how = run.status === 'queued' ? queuedText(view) : progressText(view, context);
    return [note, stoppingText(view), how, specTable(run), ...liveEnd(view, context)];
  }
  const why = run.status === 'cancelled' ? cancelledText(view) : faultText(view);
  return [note, why, ...resultParts(view, context, fullness)];
}

function queuedText({ run, ahead }: RunView): string {
  if (run.cancelRequest) return '';
  return ahead === 0
    ? 'Next in line; it starts as soon as a worker is free.'
    : `${counted(ahead, 'run')} ${ahead === 1 ? 'is' : 'are'} ahead of it.`;
}

function stoppingText({ run }: RunView): string {
  return run.cancelRequest ? `Asked to stop by ${inCode(run.cancelRequest.by)}.` : '';
}

function progressText(view: RunView, { now }: TextContext): string {
  return `**${progressLine(tallyOf(view.trials), elapsedOf(view, now))}**`;
}

function liveEnd({ run }: RunView, { publicBaseUrl }: TextContext): readonly string[] {
  return [
    traceLine(run, publicBaseUrl),
    run.cancelRequest ? '' : `To stop it:\n${commandBlock(`${commandWord} cancel ${run.id}`)}`,
    footer(run.id),
  ];
}

function cancelledText({ run }: RunView): string {
  const by = run.cancelRequest ? `Stopped by ${inCode(run.cancelRequest.by)}. ` : '';
  return `${by}What was judged until then is kept; it is no score of the benchmark.`;
}

function faultText({ trials }: RunView): string {
  const { solved, unsolved, faulted } = tallyOf(trials);
  if (faulted === 0) return '';
  return solved + unsolved === 0
    ? 'No trial could be judged, because of the service or of the tasks. This says nothing about the agent.'
    : `${counted(faulted, 'trial')} could not be judged, because of the service or of a task. They do not count against the agent and are left out of the score.`;
}

function resultParts(view: RunView, context: TextContext, fullness: Fullness): readonly string[] {
  const { run } = view;
  const links = [
    traceLine(run, context.publicBaseUrl),
    `To run it again:\n${commandBlock(repeatCommand(run))}`,
  ];
  const head = [scoreLine(view, context), ...(run.result ? [eligibilityText(run.result.eligibility)] : [])];
  if (fullness === 'head') {
    return [
      ...head,
      'There is too much to show here; the run page has every trial.',
      ...links,
      footer(run.id),
    ];
  }
  const faults = faultList(view, fullness === 'all' ? 20 : 3);
  return [
    scoreLine(view, context),
    taskTable(view, fullness === 'all'),
    faults,
    ...head.slice(1),
    fullness === 'no-details' ? '' : `${specTable(run)}\n\n${trialDetails(view, fullness === 'all')}`,
    ...links,
    footer(run.id),
  ];
}

function scoreLine(view: RunView, { now }: TextContext): string {
  const { result } = view.run;
  const elapsed = elapsedOf(view, now);
  const cost = tallyOf(view.trials).cost;
  const parts = [
    result ? scoreText(result) : 'no score',
    cost === null ? 'cost unknown: no price is known for the model' : `cost ${formatUsd(cost)}`,
    elapsed === undefined ? 'never started' : `time ${elapsed}`,
  ];
  return parts.join(' · ');
}

const methods: Readonly<Record<Interval['method'], string>> = {
  wilson: 'Wilson',
  'clopper-pearson': 'Clopper–Pearson',
  'wilson-clustered': 'Wilson, clustered by task',
};

function scoreText({ score }: RunResult): string {
  if (score.mean === null) return '**no score**';
  const mean = `**Score ${formatShare(score.mean)}**`;
  if (!score.interval) return mean;
  const { low, high, method } = score.interval;
  return `${mean} (95 % interval ${formatShare(low)} to ${formatShare(high)}, ${methods[method]})`;
}

function eligibilityText({ eligible, gates }: Eligibility): string {
  if (eligible) return `**Leaderboard: eligible.** All ${gates.length} conditions are met.`;
  const unmet = gates.filter(({ status }) => status !== 'pass');
  const rows = unmet.map(
    ({ id, status, reason }) =>
      `- ${inCode(id)}: ${inProse(reason)}${status === 'unevaluable' ? ' (could not be checked)' : ''}`,
  );
  const summary = `Leaderboard: not eligible, ${unmet.length} of ${gates.length} conditions are not met`;
  return [`<details><summary>${summary}</summary>`, '', ...rows, '', '</details>'].join('\n');
}

function footer(runId: string): string {
  return `<sub>ClawBench · run ${runId}</sub>`;
}
