import { formatCost, formatDuration, formatScore, formatTokens } from '../contract/figures.ts';
import type { OperationOutput } from '../contract/operations.ts';
import type { RunDocument } from '../contract/run.ts';
import type { TrialDocument } from '../contract/trial.ts';
import { exitCodes } from './cli-options.ts';
import { stageWord } from './progress-grid.ts';
import { stageOf } from './run-progress.ts';
import { terminalSafe } from './terminal-safe.ts';
import { drawTable } from './text-table.ts';

type RunDetail = OperationOutput<'get_run'>;

/** A run as text: what it is, its trials, and what came of it. */
export function reportRun(detail: RunDetail, serviceUrl: string): string {
  const { run, trials } = detail;
  const table = drawTable(
    ['TASK', 'TRIAL', 'STATE', 'TESTS', 'TURNS', 'COST', 'TIME', 'CONTAINER'],
    trials.map(trialCells),
  );
  return [headline(run), '', ...table, '', ...resultLines(run), `${serviceUrl}/runs/${run.id}`, ''].join(
    '\n',
  );
}

/** `entry-test@1 running: Tester_agent (scripted/entry-test), run 01K…`. */
export function headline(run: RunDocument): string {
  const model = run.agent.model === null ? run.agent.driver : terminalSafe(run.agent.model);
  return `${run.pack} ${run.status}: ${terminalSafe(run.agent.name)} (${model}), run ${run.id}`;
}

/** What came of a run, for people. */
export function resultLines(run: RunDocument): readonly string[] {
  const { result } = run;
  const scripted = run.scripted
    ? ['A scripted model replayed fixed answers: this says nothing about any agent and is never eligible.']
    : [];
  if (result === null) return ['No result yet.', ...scripted];
  const { solved, registered, faulted, cancelled } = result.counts;
  const failing = result.eligibility.gates.filter((gate) => gate.status !== 'pass');
  return [
    `Score ${formatScore(result)}; ${solved} of ${registered} trials solved`,
    `Cost ${formatCost(result.spend.costMicroUsd)}, ${formatTokens(result.spend)} tokens${result.durationMs === null ? '' : `, ${formatDuration(result.durationMs)}`}`,
    ...(faulted > 0 ? [`${faulted} trials have no grade, and that is not the agent’s fault.`] : []),
    ...(cancelled > 0 ? [`${cancelled} trials were cancelled.`] : []),
    result.eligibility.eligible
      ? 'Eligible for the leaderboard.'
      : `Not eligible: ${failing.map((gate) => `${gate.id} (${terminalSafe(gate.reason)})`).join('; ')}`,
    ...scripted,
  ];
}

/** Whether all was solved, something was not, or the run says too little because of trouble that is not the agent's. */
export function verdictOf(run: RunDocument): number {
  const { result } = run;
  if (result === null || run.status === 'cancelled') return exitCodes.infrastructure;
  if (result.counts.faulted > 0 || result.counts.cancelled > 0) return exitCodes.infrastructure;
  return result.counts.unsolved > 0 ? exitCodes.failed : exitCodes.passed;
}

function trialCells(trial: TrialDocument): readonly string[] {
  const tests = trial.outcome && 'tests' in trial.outcome ? trial.outcome.tests : null;
  const state = trial.outcome === null ? trial.status : stageWord(stageOf(trial.outcome));
  const time =
    trial.startedAt === null || trial.finishedAt === null
      ? '-'
      : formatDuration(Date.parse(trial.finishedAt) - Date.parse(trial.startedAt));
  return [
    terminalSafe(trial.taskId),
    String(trial.repetition),
    state,
    tests === null ? '-' : `${tests.passed}/${tests.passed + tests.failed + tests.other}`,
    String(trial.turns),
    trial.spend.calls === 0 ? '-' : formatCost(trial.spend.costMicroUsd),
    time,
    terminalSafe(trial.sandbox?.id ?? '-'),
  ];
}
