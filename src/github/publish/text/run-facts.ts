import { formatPack } from '../../../domain/benchmark.ts';
import { formatModel } from '../../../domain/model.ts';
import { formatUsd } from '../../../domain/money.ts';
import type { Timestamp } from '../../../domain/clock.ts';
import type { Run, RunSpec } from '../../../domain/run.ts';
import type { RunView } from '../../../control-plane/control-plane.ts';
import { counted, formatElapsed } from './figures.ts';
import { inCode } from './plain-text.ts';
import type { Tally } from './tally.ts';
import { commandWord } from '../../commands/table.ts';

/** What texts need beside the run. */
export interface TextContext {
  readonly now: Timestamp;
  /** Where people reach the service; undefined means they cannot. */
  readonly publicBaseUrl: string | undefined;
}

export function isScripted({ spec }: Run): boolean {
  return spec.agent.model?.provider === 'scripted';
}

/** Ends the heading of everything a script had a part in. */
export function scriptedSuffix(run: Run): string {
  return isScripted(run) ? ' · scripted model' : '';
}

export const scriptedNote =
  '> **Scripted model:** the answers were replayed from a script. This shows that the service works; it is no result of a model and can never be eligible.';

/** `entry-test@1` and the agent, as code. */
export function subjectOf(run: Run): string {
  return `${inCode(formatPack(run.spec.pack))} · ${inCode(run.spec.agent.name)}${scriptedSuffix(run)}`;
}

export function runPage(run: Run, publicBaseUrl: string | undefined): string | undefined {
  return publicBaseUrl === undefined ? undefined : `${publicBaseUrl}/runs/${run.id}`;
}

/** Where the trace is: a link, or how to see it at the service itself. */
export function traceLine(run: Run, publicBaseUrl: string | undefined): string {
  const page = runPage(run, publicBaseUrl);
  return page === undefined
    ? `Trace: on the machine of the service, \`clawbench show ${run.id}\` or the page \`/runs/${run.id}\`.`
    : `[Trace and run page](${page})`;
}

/** From the first claim until the end, or until now; undefined while queued. */
export function elapsedOf({ run }: RunView, now: Timestamp): string | undefined {
  const measured = run.result?.durationMs ?? null;
  if (measured !== null) return formatElapsed(measured);
  return run.startedAt === null ? undefined : formatElapsed((run.finishedAt ?? now) - run.startedAt);
}

/** `37/120 · 31 ✅ 5 ❌ 1 ⚠️ · 12m · $1.84`. */
export function progressLine(tally: Tally, elapsed: string | undefined): string {
  const faulted = tally.faulted > 0 ? ` ${tally.faulted} ⚠️` : '';
  const done = `${tally.total - tally.open}/${tally.total}`;
  const counts = `${tally.solved} ✅ ${tally.unsolved} ❌${faulted}`;
  const cost = tally.cost === null ? 'cost unknown' : formatUsd(tally.cost);
  return [done, counts, elapsed, cost].filter((part) => part !== undefined).join(' · ');
}

/** What was accepted, as a table. */
export function specTable(run: Run): string {
  const { spec, origin } = run;
  const tasks = counted(spec.taskIds.length, 'task');
  const trials = spec.trialsPerTask === 1 ? tasks : `${tasks} × ${counted(spec.trialsPerTask, 'trial')}`;
  const rows: readonly (readonly [string, string])[] = [
    ['benchmark', `${inCode(formatPack(spec.pack))}, ${trials}`],
    ['agent', `${inCode(spec.agent.name)} (${spec.agent.driver})`],
    ['model', modelOf(spec)],
    ['commit', commitOf(run)],
    ['asked by', inCode(origin.requestedBy)],
  ];
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}

function modelOf({ agent }: RunSpec): string {
  if (agent.model === null) return 'none';
  const scripted = agent.model.provider === 'scripted' ? ' (replays a script)' : '';
  return `${inCode(formatModel(agent.model))}${scripted}`;
}

function commitOf({ origin }: Run): string {
  if (origin.headSha === null) return 'none';
  const sha = inCode(origin.headSha.slice(0, 12));
  return origin.thread?.kind === 'issue'
    ? `${sha}, head of the default branch: an issue has no commit of its own`
    : sha;
}

/** A command names at most this many tasks. */
const mostNamedTasks = 100;

/** The command that asks for the same run again. */
export function repeatCommand({ spec, result }: Run): string {
  const isWhole = result?.eligibility.gates.some(
    ({ id, status }) => id === 'whole-pack' && status === 'pass',
  );
  const words = [
    `${commandWord} run ${formatPack(spec.pack)} agent=${spec.agent.name}`,
    spec.agent.model ? `model=${formatModel(spec.agent.model)}` : '',
    spec.trialsPerTask === 1 ? '' : `trials=${spec.trialsPerTask}`,
    isWhole || spec.taskIds.length > mostNamedTasks ? '' : `tasks=${spec.taskIds.join(',')}`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

export function commandBlock(...commands: readonly string[]): string {
  return ['```', ...commands, '```'].join('\n');
}
