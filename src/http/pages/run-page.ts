import { html } from 'hono/html';
import { formatCost, formatCount, formatDuration, formatScore, formatShare } from '../../contract/figures.ts';
import type { OperationOutput } from '../../contract/operations.ts';
import type { ResultDocument } from '../../contract/result.ts';
import type { RunDocument } from '../../contract/run.ts';
import type { TrialDocument } from '../../contract/trial.ts';
import { eventSections, type EventWindow } from './event-sections.ts';
import { moment, pageLayout, scriptedNotice, statePill, type AssetUrls } from './page-layout.ts';
import { plainText, type Markup } from './terminal-text.ts';
import { trialTable } from './trial-table.ts';

type RunDetail = OperationOutput<'get_run'>;

/** What of a long run is shown: a window of its events, and the row its table of trials begins at, from 1. */
export interface RunWindow {
  readonly events: EventWindow;
  readonly firstTrial: number;
}

/** All that is known of a run. `now` is the time running durations count to. */
export function runPage(detail: RunDetail, window: RunWindow, now: number, assets: AssetUrls): Markup {
  const { run } = detail;
  const { events } = window;
  const live = isLive(run);
  const liveState = live
    ? html`<p id="live" class="live" data-run="${run.id}" data-last="${events.lastSeq}">
        This page follows the run; without JavaScript it loads again every five seconds.
      </p>`
    : '';
  const main = html`<div id="head">${heading(run)}</div>
    ${run.scripted ? html`<p class="notice scripted" role="note">${scriptedNotice}</p>` : ''}
    <div id="summary">${summary(detail, now)}</div>
    <section id="trials">
      <h2>Trials</h2>
      ${trialTable(detail, window.firstTrial, now)}
    </section>
    <div id="result">${run.result ? eligibility(run.result) : ''}</div>
    <section id="events">
      <h2>Events</h2>
      ${liveState}${eventSections(detail, events)}
    </section>
    <section>
      <h2>Provenance</h2>
      ${provenance(run)}
    </section>`;
  const title = `${run.pack} ${run.status}`;
  return pageLayout({ title, assets, refreshSeconds: live ? 5 : null, main });
}

function isLive(run: RunDocument): boolean {
  return run.status !== 'finished' && run.status !== 'cancelled';
}

function heading(run: RunDocument): Markup {
  const model = run.agent.model === null ? 'no model' : plainText(run.agent.model);
  const thread =
    run.thread === null ? '' : html` in <code>${plainText(run.thread.replace(/^gh:/, ''))}</code>`;
  const sha = run.headSha === null ? '' : html` at <code>${plainText(run.headSha.slice(0, 7))}</code>`;
  const stopping = run.cancelRequestedBy !== null && isLive(run);
  return html`<h1>
      ${run.pack} ${statePill(run.status)}${stopping ? statePill('cancelled', 'stopping') : ''}
    </h1>
    <p class="who">
      <strong>${plainText(run.agent.name)}</strong> (${run.agent.driver}, ${model}), asked for by
      <strong>${plainText(run.requestedBy)}</strong>${thread}${sha}, ${moment(run.createdAt)}
    </p>`;
}

function summary(detail: RunDetail, now: number): Markup {
  const { run, trials } = detail;
  const over = trials.filter((trial) => trial.outcome !== null).length;
  const progress = isLive(run)
    ? html`<p class="progress">
        <progress max="${Math.max(1, trials.length)}" value="${over}"></progress>
        ${over} of ${trials.length} trials are
        over${detail.ahead > 0 ? `; ${detail.ahead} runs are before this one` : ''}
      </p>`
    : '';
  const tiles: readonly (readonly [string, string | Markup, string])[] = [
    scoreTile(run, trials),
    ['Solved', `${trials.filter(isSolved).length} of ${trials.length}`, outcomesText(trials)],
    costTile(run, trials),
    ['Tokens', formatCount(sum(trials, tokensOf)), `${sum(trials, (trial) => trial.turns)} turns`],
    ['Time', durationText(run, now), `at most ${formatDuration(run.limits.agentTimeoutMs)} for a trial`],
  ];
  return html`${progress}
    <dl class="tiles">
      ${tiles.map(
        ([title, value, note]) =>
          html`<div>
            <dt>${title}</dt>
            <dd>${value}</dd>
            <dd class="note">${note}</dd>
          </div>`,
      )}
    </dl>`;
}

function scoreTile(run: RunDocument, trials: readonly TrialDocument[]): readonly [string, string, string] {
  if (run.result) {
    const { mean, interval } = run.result.score;
    if (mean === null) return ['Score', 'none', 'no trial was graded'];
    const range = interval && `95 % interval ${formatShare(interval.low)} to ${formatShare(interval.high)}`;
    return ['Score', formatShare(mean), range ?? 'too few trials for an interval'];
  }
  const rewards = trials.flatMap(({ outcome }) => (outcome && 'reward' in outcome ? [outcome.reward] : []));
  if (rewards.length === 0) return ['Score so far', '–', 'no trial is graded yet'];
  const mean = rewards.reduce((total, reward) => total + reward, 0) / rewards.length;
  return ['Score so far', formatShare(mean), `${rewards.length} of ${trials.length} trials graded`];
}

function costTile(run: RunDocument, trials: readonly TrialDocument[]): readonly [string, string, string] {
  const unknown = trials.some((trial) => trial.spend.costMicroUsd === null);
  const costMicroUsd = unknown ? null : sum(trials, (trial) => trial.spend.costMicroUsd ?? 0);
  return ['Cost', formatCost(costMicroUsd), `prices: ${run.priceTable}`];
}

function tokensOf(trial: TrialDocument): number {
  return trial.spend.inputTokens + trial.spend.outputTokens;
}

function sum(trials: readonly TrialDocument[], amount: (trial: TrialDocument) => number): number {
  return trials.reduce((total, trial) => total + amount(trial), 0);
}

function isSolved({ outcome }: TrialDocument): boolean {
  return outcome !== null && 'reward' in outcome && outcome.reward === 1;
}

function outcomesText(trials: readonly TrialDocument[]): string {
  const faulted = trials.filter((trial) => trial.status === 'faulted').length;
  const cancelled = trials.filter((trial) => trial.status === 'cancelled').length;
  const parts = [
    faulted > 0 ? `${faulted} without a grade, not the agent’s fault` : '',
    cancelled > 0 ? `${cancelled} cancelled` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(', ') : 'a task counts at the full reward only';
}

function durationText(run: RunDocument, now: number): string {
  if (run.startedAt === null) return '–';
  const end = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  return formatDuration(Math.max(0, end - Date.parse(run.startedAt)));
}

function eligibility(result: ResultDocument): Markup {
  const { eligible, gates } = result.eligibility;
  return html`<section>
    <h2>Result</h2>
    <p>
      Score ${formatScore(result)}.
      ${statePill(eligible ? 'pass' : 'fail', eligible ? 'eligible' : 'not eligible')} for the
      leaderboard${eligible ? '.' : ':'}
    </p>
    <ul class="gates">
      ${gates.map(
        (gate) =>
          html`<li>
            ${statePill(gate.status)} <strong>${gate.id}</strong> <span>${plainText(gate.reason)}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

function provenance(run: RunDocument): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ['Run', run.id],
    ['Bench pack', `${run.pack} ${run.packDigest}`],
    ['Lane', run.lane],
    ['Trials of each task', String(run.trialsPerTask)],
    [
      'Limits of a trial',
      `${formatDuration(run.limits.agentTimeoutMs)}, ${run.limits.maxTurns} turns, ${formatCount(run.limits.maxTokens)} tokens`,
    ],
    ['Prices', run.priceTable],
    ['Result', run.result?.digest ?? 'not made yet'],
  ];
  return html`<dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd><code>${value}</code></dd>`,
      )}
    </dl>
    <p class="raw">
      As JSON: <a href="/v1/runs/${run.id}">run</a>, <a href="/v1/runs/${run.id}/events">events</a>
    </p>`;
}
