import type { Timestamp } from '../domain/clock.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import type { RunResult } from '../domain/run-result.ts';
import type { Lane, Run, RunOrigin, RunSpec, RunStatus } from '../domain/run.ts';
import type { RunEvent } from '../telemetry/events.ts';

/** A run to be queued; its trials are stored in the same transaction. */
export interface NewRun {
  readonly id: RunId;
  readonly spec: RunSpec;
  readonly origin: RunOrigin;
  readonly createdAt: Timestamp;
}

export interface NewTrial {
  readonly id: TrialId;
  readonly taskId: string;
  readonly taskDigest: string;
  readonly repetition: number;
}

/** `duplicate` carries the run an earlier delivery of the same request (`origin.key`) made. */
export type RunCreation =
  | { readonly kind: 'created'; readonly run: Run }
  | { readonly kind: 'duplicate'; readonly run: Run };

export interface RunFilter {
  readonly statuses?: readonly RunStatus[];
  readonly lane?: Lane;
  /** Form of `formatThread`. */
  readonly thread?: string;
  /** Only runs created before this one, for paging. */
  readonly before?: RunId;
  /** 1 to 200. */
  readonly limit: number;
}

/** Facts set together with a status change. */
export interface RunPatch {
  readonly startedAt?: Timestamp;
  readonly finishedAt?: Timestamp;
  readonly result?: RunResult;
}

/** Runs: each method is one transaction. */
export interface RunStore {
  /** Stores run, trials and the `run-queued` event; a second request with the same `origin.key` changes nothing. */
  create(run: NewRun, trials: readonly NewTrial[], event: RunEvent): Promise<RunCreation>;
  get(id: RunId): Promise<Run | undefined>;
  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;
  /**
   * Moves a run along `runTransitions` if it still is in `from`, and appends the event, told at `at`; false when someone else was first.
   * @throws ClawBenchError `conflict` for a move the table does not have.
   */
  transition(
    id: RunId,
    move: { readonly from: RunStatus; readonly to: RunStatus; readonly at: Timestamp },
    patch: RunPatch,
    event: RunEvent,
  ): Promise<boolean>;
  /**
   * Records the wish to cancel once, with its event, and cancels the trials no worker holds. Held trials end by their worker.
   * `too-late` when the run is terminal, `already` when somebody asked before.
   */
  requestCancel(
    id: RunId,
    by: string,
    at: Timestamp,
  ): Promise<'requested' | 'already' | 'too-late' | 'not-found'>;
  /** How many runs queued before this one are still live, for the queue position. */
  countAhead(id: RunId): Promise<number>;
}
