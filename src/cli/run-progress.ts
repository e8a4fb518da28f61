import type { EventDocument } from '../contract/event.ts';
import type { OperationOutput } from '../contract/operations.ts';
import type { OutcomeDocument } from '../contract/result.ts';

export type TrialStage =
  | 'queued'
  | 'preparing'
  | 'running'
  | 'verifying'
  | 'solved'
  | 'unsolved'
  | 'no-grade'
  | 'cancelled';

/** One trial as far as its events have told. */
export interface TrialProgress {
  readonly id: string;
  readonly taskId: string;
  readonly repetition: number;
  stage: TrialStage;
  startedAt: number | null;
  finishedAt: number | null;
  outcome: OutcomeDocument | null;
}

/** What is known of a run while it goes on, from its events alone; costs are of all trials together. */
export class RunProgress {
  readonly trials: readonly TrialProgress[];
  readonly startedAt: number;
  costMicroUsd = 0;
  costKnown = true;
  cancelling = false;
  readonly #byId: ReadonlyMap<string, TrialProgress>;

  constructor({ run, trials }: OperationOutput<'get_run'>) {
    this.startedAt = Date.parse(run.createdAt);
    this.trials = trials.map(({ id, taskId, repetition }) => ({
      id,
      taskId,
      repetition,
      stage: 'queued',
      startedAt: null,
      finishedAt: null,
      outcome: null,
    }));
    this.#byId = new Map(this.trials.map((trial) => [trial.id, trial]));
  }

  apply({ event, trialId, at }: EventDocument): void {
    if (event.type === 'run-cancel-requested') this.cancelling = true;
    const trial = trialId === null ? undefined : this.#byId.get(trialId);
    if (!trial) return;
    if (event.type === 'model-called') {
      this.costMicroUsd += event.costMicroUsd ?? 0;
      this.costKnown &&= event.costMicroUsd !== null;
    }
    if (event.type === 'trial-leased') trial.startedAt = Date.parse(at);
    if (event.type === 'trial-finished') {
      trial.outcome = event.outcome;
      trial.finishedAt = Date.parse(at);
    }
    trial.stage = stageAfter(event) ?? trial.stage;
  }

  get over(): readonly TrialProgress[] {
    return this.trials.filter((trial) => trial.outcome !== null);
  }

  /** When the last trial ended; null while one goes on. */
  get endedAt(): number | null {
    const ends = this.trials.flatMap((trial) => trial.finishedAt ?? []);
    return ends.length === this.trials.length ? Math.max(...ends) : null;
  }

  /** Milliseconds until the run is probably over, by the pace so far; null before the first trial is. */
  remainingMs(now: number): number | null {
    const starts = this.trials.flatMap((trial) => trial.startedAt ?? []);
    const done = this.over.length;
    if (done === 0 || starts.length === 0) return null;
    const pace = Math.max(0, now - Math.min(...starts)) / done;
    return pace * (this.trials.length - done);
  }
}

function stageAfter(event: EventDocument['event']): TrialStage | undefined {
  if (event.type === 'trial-finished') return stageOf(event.outcome);
  const stages: Partial<Record<EventDocument['event']['type'], TrialStage>> = {
    'trial-leased': 'preparing',
    'trial-requeued': 'queued',
    'agent-started': 'running',
    'verification-started': 'verifying',
  };
  return stages[event.type];
}

/** The stage a finished trial is shown in. */
export function stageOf(outcome: OutcomeDocument): TrialStage {
  if (outcome.kind === 'faulted') return 'no-grade';
  if (outcome.kind === 'cancelled') return 'cancelled';
  return outcome.reward === 1 ? 'solved' : 'unsolved';
}
