import type { EventDocument } from '../contract/event.ts';
import { formatDuration } from '../contract/figures.ts';
import type { OperationOutput } from '../contract/operations.ts';
import type { CliOptions } from './cli-options.ts';
import { drawGrid, stageWord, statusLine } from './progress-grid.ts';
import { RunProgress } from './run-progress.ts';
import type { ServiceClient } from './service-client.ts';
import { terminalSafe } from './terminal-safe.ts';

const redrawMs = 500;
const defaultColumns = 80;
const escape = String.fromCharCode(27);

/**
 * Shows how a run goes on until it is over or the user interrupts: a grid that updates in place on a terminal, else a
 * line for each thing that matters. Writes to stderr, so that stdout stays for the result.
 */
export async function watchRun(
  client: ServiceClient,
  detail: OperationOutput<'get_run'>,
  options: CliOptions,
): Promise<void> {
  const progress = new RunProgress(detail);
  if (options.stderr.isTTY) await watchOnTerminal(client.follow(detail.run.id), progress, options);
  else await watchInLines(client.follow(detail.run.id), progress, options);
}

async function watchInLines(
  events: AsyncIterable<EventDocument>,
  progress: RunProgress,
  { stderr }: CliOptions,
): Promise<void> {
  for await (const event of events) {
    progress.apply(event);
    const line = lineOf(event, progress);
    if (line !== undefined) stderr.write(`${event.at.slice(11, 19)} ${line}\n`);
    if (event.event.type === 'trial-finished')
      stderr.write(`         ${statusLine(progress, Date.parse(event.at))}\n`);
  }
}

function lineOf({ event, trialId }: EventDocument, progress: RunProgress): string | undefined {
  const trial = progress.trials.find(({ id }) => id === trialId);
  const name = trial ? `${terminalSafe(trial.taskId)} #${trial.repetition}` : 'run';
  if (event.type === 'run-started') return 'run started';
  if (event.type === 'run-cancel-requested') return `run: ${terminalSafe(event.by)} asked to cancel`;
  if (event.type === 'trial-leased') {
    return `${name} started${event.attempt > 1 ? ` (try ${event.attempt})` : ''}`;
  }
  if (event.type === 'trial-requeued') return `${name} is back in the queue: ${terminalSafe(event.reason)}`;
  if (event.type !== 'trial-finished') return undefined;
  return `${name} ${trial ? `${stageWord(trial.stage)}${tookText(trial)}` : 'over'}`;
}

function tookText(trial: RunProgress['trials'][number]): string {
  const { startedAt, finishedAt, outcome } = trial;
  const why = outcome?.kind === 'faulted' ? ` (${outcome.fault}: ${terminalSafe(outcome.message)})` : '';
  return startedAt === null || finishedAt === null
    ? why
    : ` in ${formatDuration(finishedAt - startedAt)}${why}`;
}

/** Draws on every redraw tick while events are taken in the background of the same loop. */
async function watchOnTerminal(
  events: AsyncIterable<EventDocument>,
  progress: RunProgress,
  { stderr, now, wait, interrupted }: CliOptions,
): Promise<void> {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, interrupted]);
  const taking = takeAll(events, progress).finally(() => over.abort());
  let drawn = 0;
  const draw = () => {
    const lines = drawGrid(progress, now(), stderr.columns ?? defaultColumns);
    const back = drawn > 0 ? `${escape}[${drawn}A${escape}[J` : '';
    stderr.write(`${back}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  while (!ended.aborted) {
    draw();
    await wait(redrawMs, ended);
  }
  await taking;
  draw();
}

async function takeAll(events: AsyncIterable<EventDocument>, progress: RunProgress): Promise<void> {
  for await (const event of events) progress.apply(event);
}
