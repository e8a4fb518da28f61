import { html } from 'hono/html';
import { formatCost, formatShare } from '../../contract/figures.ts';
import type { OperationOutput } from '../../contract/operations.ts';
import type { RunDocument } from '../../contract/run.ts';
import { moment, pageLayout, statePill, type AssetUrls } from './page-layout.ts';
import { plainText, type Markup } from './terminal-text.ts';

/** The list of runs, newest first. */
export function runsPage({ runs, next }: OperationOutput<'list_runs'>, assets: AssetUrls): Markup {
  const main =
    runs.length === 0
      ? html`<h1>Runs</h1>
          <p class="empty">
            There is no run yet. Comment <code>/clawbench run entry-test</code> on a pull request, or use
            <code>clawbench run entry-test</code>.
          </p>`
      : html`<h1>Runs</h1>
          <table class="cards">
            <thead>
              <tr>
                <th>Run</th>
                <th>State</th>
                <th>Benchmark</th>
                <th>Agent</th>
                <th class="number">Score</th>
                <th class="number">Cost</th>
                <th>Asked for</th>
              </tr>
            </thead>
            <tbody>
              ${runs.map(runRow)}
            </tbody>
          </table>
          ${next === null ? '' : html`<nav class="paging"><a href="/runs?before=${next}">Older runs</a></nav>`}`;
  const live = runs.some((run) => run.finishedAt === null);
  return pageLayout({ title: 'Runs', assets, refreshSeconds: live ? 10 : null, main });
}

function runRow(run: RunDocument): Markup {
  const scripted = run.scripted ? html` <span class="pill scripted">scripted model</span>` : '';
  const where = run.thread === null ? run.origin : plainText(run.thread.replace(/^gh:/, ''));
  return html`<tr>
    <td data-label="Run">
      <a href="/runs/${run.id}"><code>${run.id.slice(-10)}</code></a>
    </td>
    <td data-label="State">${statePill(run.status)}</td>
    <td data-label="Benchmark" class="pack">${run.pack}</td>
    <td data-label="Agent">${plainText(run.agent.name)}${scripted}</td>
    <td data-label="Score" class="number">${scoreText(run)}</td>
    <td data-label="Cost" class="number">${run.result ? formatCost(run.result.spend.costMicroUsd) : '–'}</td>
    <td data-label="Asked for">
      ${moment(run.createdAt)} <small>by ${plainText(run.requestedBy)}, ${where}</small>
    </td>
  </tr>`;
}

function scoreText({ result }: RunDocument): string {
  const mean = result?.score.mean ?? null;
  if (result === null || mean === null) return '–';
  return `${formatShare(mean)}, ${result.counts.solved} of ${result.counts.registered} solved`;
}
