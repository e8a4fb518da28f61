import type { BenchmarkDocument } from '../contract/catalog.ts';
import type { EventDocument } from '../contract/event.ts';
import type { OutcomeDocument, ResultDocument, SpendDocument } from '../contract/result.ts';
import type { RunDocument } from '../contract/run.ts';
import type { TrialDocument } from '../contract/trial.ts';
import type { CatalogView } from '../control-plane/control-plane.ts';
import { formatPack } from '../domain/benchmark.ts';
import type { Timestamp } from '../domain/clock.ts';
import { formatModel, type ModelSpend } from '../domain/model.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { RunResult } from '../domain/run-result.ts';
import type { Run } from '../domain/run.ts';
import { formatThread } from '../domain/thread.ts';
import type { Trial } from '../domain/trial.ts';
import type { LoggedEvent } from '../telemetry/events.ts';
import { redact, redactDeep } from '../telemetry/redaction.ts';

/** Characters of a sandbox id that people see. */
const shownIdLength = 12;

function moment(at: Timestamp): string {
  return new Date(at).toISOString();
}

function momentOrNull(at: Timestamp | null): string | null {
  return at === null ? null : moment(at);
}

/** A run as it crosses the process boundary. */
export function runDocument(run: Run): RunDocument {
  const { spec, origin } = run;
  return {
    id: run.id,
    status: run.status,
    pack: formatPack(spec.pack),
    packDigest: spec.pack.digest,
    taskIds: [...spec.taskIds],
    trialsPerTask: spec.trialsPerTask,
    agent: {
      name: spec.agent.name,
      driver: spec.agent.driver,
      model: spec.agent.model ? formatModel(spec.agent.model) : null,
    },
    scripted: spec.agent.model?.provider === 'scripted',
    limits: {
      agentTimeoutMs: spec.limits.agentTimeoutMs,
      maxTurns: spec.limits.maxTurns,
      maxTokens: spec.limits.maxTokens,
      maxCostMicroUsd: spec.limits.maxCost,
    },
    lane: spec.lane,
    priceTable: spec.priceTable,
    requestedBy: origin.requestedBy,
    origin: origin.kind,
    thread: origin.thread ? formatThread(origin.thread) : null,
    headSha: origin.headSha,
    cancelRequestedBy: run.cancelRequest?.by ?? null,
    result: run.result ? resultDocument(run.result) : null,
    createdAt: moment(run.createdAt),
    startedAt: momentOrNull(run.startedAt),
    finishedAt: momentOrNull(run.finishedAt),
  };
}

/** A trial as it crosses the process boundary; its sandbox id is cut to what people see. */
export function trialDocument(trial: Trial): TrialDocument {
  return {
    id: trial.id,
    runId: trial.runId,
    taskId: trial.taskId,
    repetition: trial.repetition,
    status: trial.status,
    tries: trial.tries,
    sandbox: trial.sandbox && { ...trial.sandbox, id: trial.sandbox.id.slice(0, shownIdLength) },
    turns: trial.turns,
    spend: spendDocument(trial.spend),
    outcome: trial.outcome && outcomeDocument(trial.outcome),
    createdAt: moment(trial.createdAt),
    startedAt: momentOrNull(trial.startedAt),
    finishedAt: momentOrNull(trial.finishedAt),
  };
}

/** An event as it crosses the process boundary, without secrets. Compiles only while the contract knows every event. */
export function eventDocument(logged: LoggedEvent): EventDocument {
  return {
    runId: logged.runId,
    seq: logged.seq,
    at: moment(logged.at),
    trialId: logged.trialId,
    event: shortenIds(redactDeep(logged.event)),
  };
}

export function benchmarkDocument(view: CatalogView): BenchmarkDocument {
  return {
    id: view.id,
    title: view.title,
    summary: view.summary,
    packs: view.packs.map((pack) => ({ ...pack, tasks: [...pack.tasks] })),
  };
}

function shortenIds(event: EventDocument['event']): EventDocument['event'] {
  return event.type === 'sandbox-started'
    ? { ...event, sandboxId: event.sandboxId.slice(0, shownIdLength) }
    : event;
}

function spendDocument(spend: ModelSpend): SpendDocument {
  return {
    calls: spend.calls,
    inputTokens: spend.inputTokens,
    cachedInputTokens: spend.cachedInputTokens,
    outputTokens: spend.outputTokens,
    costMicroUsd: spend.cost,
  };
}

function outcomeDocument(outcome: Outcome): OutcomeDocument {
  return outcome.kind === 'faulted' ? { ...outcome, message: redact(outcome.message) } : { ...outcome };
}

function resultDocument(result: RunResult): ResultDocument {
  return {
    ...result,
    spend: spendDocument(result.spend),
    eligibility: { ...result.eligibility, gates: [...result.eligibility.gates] },
  };
}
