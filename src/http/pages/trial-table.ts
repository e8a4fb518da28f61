import { html } from 'hono/html';
import { formatCost, formatCount, formatDuration } from '../../contract/figures.ts';
import type { OperationOutput } from '../../contract/operations.ts';
import type { TrialDocument } from '../../contract/trial.ts';
import { statePill } from './page-layout.ts';
import { plainText, type Markup } from './terminal-text.ts';

type RunDetail = OperationOutput<'get_run'>;

/** Rows a page shows at once. */
const rowsShown = 300;

/** Tasks × trials: a row a trial, a task's name over all of its trials. `first` is the row a long table begins at, from 1. */
export function trialTable(detail: RunDetail, first: number, now: number): Markup {
  const { run, trials, taskTitles } = detail;
  const shown = trials.slice(first - 1, first - 1 + rowsShown);
  const rows = shown.map((trial, index) => {
    const begins = shown[index - 1]?.taskId !== trial.taskId;
    const span = shown.filter((other) => other.taskId === trial.taskId).length;
    const title = plainText(taskTitles[trial.taskId] ?? trial.taskId);
    const task = html`<th scope="rowgroup" rowspan="${span}" data-label="Task">
      ${title} <small><code>${plainText(trial.taskId)}</code></small>
    </th>`;
    return trialRow(trial, begins ? task : html``, { now, several: run.trialsPerTask > 1 });
  });
  return html`<table class="cards trials">
      <thead>
        <tr>
          <th>Task</th>
          <th>State</th>
          <th class="number">Tests</th>
          <th class="number">Turns</th>
          <th class="number">Tokens</th>
          <th class="number">Cost</th>
          <th class="number">Time</th>
          <th>Container and image</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${paging(detail, first)}`;
}

function paging({ run, trials }: RunDetail, first: number): Markup | string {
  if (trials.length <= rowsShown && first === 1) return '';
  const last = Math.min(trials.length, first - 1 + rowsShown);
  const link = (row: number, words: string) =>
    html`<a href="/runs/${run.id}?trials=${row}#trials">${words}</a>`;
  return html`<nav class="paging">
    ${first > 1 ? link(Math.max(1, first - rowsShown), 'Earlier trials') : ''}
    <span>Trials ${first} to ${last} of ${trials.length}</span>
    ${last < trials.length ? link(last + 1, 'Later trials') : ''}
  </nav>`;
}

function trialRow(
  trial: TrialDocument,
  task: Markup,
  { now, several }: { readonly now: number; readonly several: boolean },
): Markup {
  const { spend, sandbox } = trial;
  const again = trial.tries > 1 ? html`<small>try ${trial.tries}</small>` : '';
  const container =
    sandbox === null
      ? '–'
      : html`<code>${plainText(sandbox.id)}</code> <small class="image">${plainText(sandbox.image)}</small>`;
  return html`<tr>
    ${task}
    <td data-label="State">
      <a href="#trial-${trial.id}">${statePill(pillOf(trial), wordOf(trial))}</a>
      ${several ? html`<small>trial ${trial.repetition}</small>` : ''} ${again} ${reasonOf(trial)}
    </td>
    <td data-label="Tests" class="number">${testsOf(trial)}</td>
    <td data-label="Turns" class="number">${trial.turns === 0 ? '–' : trial.turns}</td>
    <td data-label="Tokens" class="number">
      ${spend.calls === 0 ? '–' : formatCount(spend.inputTokens + spend.outputTokens)}
    </td>
    <td data-label="Cost" class="number">${spend.calls === 0 ? '–' : formatCost(spend.costMicroUsd)}</td>
    <td data-label="Time" class="number">${timeOf(trial, now)}</td>
    <td data-label="Container">${container}</td>
  </tr>`;
}

function pillOf({ status, outcome }: TrialDocument): string {
  return outcome && 'reward' in outcome ? (outcome.reward === 1 ? 'pass' : 'fail') : status;
}

/** What became of a trial in one word; a reward between 0 and 1 is shown as it is. */
function wordOf({ status, outcome }: TrialDocument): string {
  if (outcome === null || !('reward' in outcome)) return status === 'faulted' ? 'no grade' : status;
  if (outcome.reward === 1) return 'solved';
  return outcome.reward === 0 ? 'not solved' : `reward ${outcome.reward}`;
}

function reasonOf({ outcome }: TrialDocument): Markup | string {
  if (outcome?.kind === 'limited') return html`<small>${outcome.limit} limit</small>`;
  if (outcome?.kind === 'faulted') {
    return html`<small class="reason">${outcome.fault}: ${plainText(outcome.message.slice(0, 300))}</small>`;
  }
  return '';
}

function testsOf({ outcome }: TrialDocument): string {
  const tests = outcome && 'tests' in outcome ? outcome.tests : null;
  return tests === null ? '–' : `${tests.passed} of ${tests.passed + tests.failed + tests.other}`;
}

function timeOf(trial: TrialDocument, now: number): string {
  if (trial.startedAt === null) return '–';
  const end = trial.finishedAt === null ? now : Date.parse(trial.finishedAt);
  return formatDuration(Math.max(0, end - Date.parse(trial.startedAt)));
}
