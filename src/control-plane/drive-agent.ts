import type { AgentContext, AgentDriver, AgentEnding, AgentEvent } from '../agents/agent-driver.ts';
import type { Benchmark } from '../benchmarks/benchmark.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { LimitKind } from '../domain/outcome.ts';
import type { Task } from '../domain/task.ts';
import type { Sandbox } from '../sandboxes/sandbox.ts';
import type { TrialExecution } from './trial-execution.ts';

/** What the agent of one trial is set to work on. */
export interface AgentScene {
  readonly driver: AgentDriver;
  readonly benchmark: Benchmark;
  readonly task: Task;
  readonly instruction: string;
  readonly sandbox: Sandbox;
}

/** How an agent phase can end when nobody stopped the trial. */
export type DrivenEnding = Exclude<AgentEnding, { kind: 'aborted' }>;

type AgentEnd = Extract<AgentEvent, { type: 'agent-end' }>;

/** An agent that reports more than this is stopped: its trace must stay a file that can be kept. */
const maxEvents = 5_000;
const maxEventCharacters = 6 * 1024 * 1024;

/** One agent phase: its end, and who ended it. */
class AgentPhase {
  readonly #controller = new AbortController();
  /** The limit of ours that ended it. */
  limit: LimitKind | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(limit?: LimitKind): void {
    if (!this.signal.aborted) this.limit = limit;
    this.#controller.abort();
  }
}

/**
 * Lets the agent work until it ends, reaches a limit or the trial is stopped; its activity goes to the journal.
 * Afterwards its model token and its tools are dead, whatever it is still doing.
 * @throws ClawBenchError `unavailable` when the sandbox broke, `conflict` when the trial was stopped, `internal` for a driver that misbehaves.
 */
export async function driveAgent(execution: TrialExecution, scene: AgentScene): Promise<DrivenEnding> {
  const { deps, stop, journal } = execution;
  const phase = new AgentPhase();
  const over = new AbortController();
  const onStop = () => phase.end();
  stop.signal.addEventListener('abort', onStop, { once: true });
  try {
    stop.check();
    const context = agentContext(execution, scene, phase);
    void deps.wait(context.limits.agentTimeoutMs, phase.signal).then(() => phase.end('wall-time'));
    const abandoned = giveUpAfterGrace(execution, phase, over.signal);
    const work = pump(execution, scene.driver.run(context), phase);
    const end = await Promise.race([work, abandoned]);
    stop.check();
    return reportEnd(execution, phase, end);
  } finally {
    over.abort();
    phase.end();
    execution.grant?.revoke();
    stop.signal.removeEventListener('abort', onStop);
    await journal.room();
  }
}

function agentContext(execution: TrialExecution, scene: AgentScene, phase: AgentPhase): AgentContext {
  const { deps, claim, grant } = execution;
  const { lease, run, trial } = claim;
  const { task, instruction, benchmark, driver } = scene;
  const agentTimeoutMs = Math.min(run.spec.limits.agentTimeoutMs, task.agentTimeoutMs);
  const session = scene.sandbox.session();
  const { model } = run.spec.agent;
  return {
    runId: run.id,
    trialId: trial.id,
    taskId: task.id,
    instruction,
    limits: { ...run.spec.limits, agentTimeoutMs },
    deadline: deps.clock.now() + agentTimeoutMs,
    clock: deps.clock,
    session,
    model: grant && model ? { model, baseUrl: grant.baseUrl, token: grant.token } : null,
    tools: () => deps.toolServer.connect({ lease, task, instruction, session, signal: phase.signal }),
    solution:
      driver.id === 'oracle' && run.spec.lane === 'instrument' ? () => benchmark.solution(task) : null,
    signal: phase.signal,
  };
}

/** Resolves when the agent was told to end and did not in its grace; what it does then is stopped by the seal. */
async function giveUpAfterGrace(
  { deps }: TrialExecution,
  phase: AgentPhase,
  over: AbortSignal,
): Promise<undefined> {
  const ended = AbortSignal.any([phase.signal, over]);
  if (!ended.aborted) {
    await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
  }
  await deps.wait(deps.timings.agentGraceMs, over);
  return undefined;
}

async function pump(
  execution: TrialExecution,
  events: AsyncIterable<AgentEvent>,
  phase: AgentPhase,
): Promise<AgentEnd | undefined> {
  const { journal } = execution;
  for await (const event of events) {
    if (event.type === 'agent-end') return event;
    // What a driver still tells after the phase is not part of it.
    if (phase.signal.aborted) continue;
    if (event.type === 'turn-started') execution.turns = Math.max(execution.turns, event.turn);
    journal.add(event);
    if (journal.events.length > maxEvents || journal.size > maxEventCharacters) phase.end('output');
    await journal.room();
  }
  return undefined;
}

function reportEnd(execution: TrialExecution, phase: AgentPhase, end: AgentEnd | undefined): DrivenEnding {
  if (!end && !phase.signal.aborted) {
    throw new ClawBenchError('internal', 'the agent driver ended without saying how');
  }
  execution.turns = Math.max(execution.turns, end?.turns ?? 0);
  const ending = judgeEnd(execution, phase.limit, end?.ending);
  if (ending.kind === 'limited' && !execution.grant?.limit()) {
    execution.journal.add({ type: 'limit-reached', limit: ending.limit });
  }
  execution.journal.add({
    type: 'agent-ended',
    reason: ending.kind === 'limited' ? `limit reached: ${ending.limit}` : `${ending.kind}: ${ending.detail}`,
    exitCode: ending.kind === 'failed' ? ending.exitCode : null,
  });
  return ending;
}

/** What the gateway saw outranks what the driver says, and a model provider's failure is never the agent's. */
function judgeEnd(
  { grant }: TrialExecution,
  ownLimit: LimitKind | undefined,
  said: AgentEnding | undefined,
): DrivenEnding {
  const spent = grant?.limit();
  if (spent) return { kind: 'limited', limit: spent };
  if (grant?.upstreamFailed()) {
    const detail = said?.kind === 'model-unavailable' ? said.detail : 'the model provider did not answer';
    return { kind: 'model-unavailable', detail };
  }
  if (ownLimit) return { kind: 'limited', limit: ownLimit };
  if (said && said.kind !== 'aborted') return said;
  throw new ClawBenchError('internal', 'the agent driver stopped although nobody asked it to');
}
