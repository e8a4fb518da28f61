import type { CatalogEntry } from '../domain/benchmark.ts';
import type { TrialLimits } from '../domain/budget.ts';
import type { RunId } from '../domain/ids.ts';
import type { Lane, Run, RunOrigin } from '../domain/run.ts';
import type { Trial } from '../domain/trial.ts';
import type { LoggedEvent } from '../telemetry/events.ts';

/** A wish to run, from whatever edge, before it is checked. Undefined means the service's default. */
export interface RunRequest {
  /** `entry-test` or `entry-test@1`. */
  readonly pack: string;
  readonly agentName?: string | undefined;
  readonly driver?: string | undefined;
  /** `provider/id`. */
  readonly model?: string | undefined;
  /** Task ids or globs (`*`, `?`); empty means all. */
  readonly tasks: readonly string[];
  readonly trialsPerTask?: number | undefined;
  /** Money for the whole run, in millionths of a dollar; divided evenly over its trials. */
  readonly budget?: number | undefined;
  readonly limits?: Partial<TrialLimits> | undefined;
  readonly lane?: Lane | undefined;
  readonly origin: RunOrigin;
}

/** What is wrong with a request: which field, what it said, and what would have been valid. */
export interface RequestFault {
  readonly field: 'pack' | 'agent' | 'driver' | 'model' | 'tasks' | 'trials' | 'budget' | 'limits';
  readonly message: string;
  readonly nearest: string | undefined;
  readonly valid: readonly string[];
}

export type RunAdmission =
  | { readonly kind: 'created'; readonly run: Run }
  | { readonly kind: 'duplicate'; readonly run: Run }
  | { readonly kind: 'refused'; readonly faults: readonly RequestFault[] };

/** A run with its trials and its place in the queue: all that a comment, a check or a page needs. */
export interface RunView {
  readonly run: Run;
  readonly trials: readonly Trial[];
  /** Titles of tasks by id. */
  readonly taskTitles: Readonly<Record<string, string>>;
  /** Live runs queued before this one; 0 once it runs. */
  readonly ahead: number;
}

export type CancelAnswer = 'requested' | 'already' | 'too-late' | 'not-found';

/** One family of the catalog and what is installed of it. */
export interface CatalogView extends CatalogEntry {
  readonly packs: readonly {
    readonly version: string;
    readonly digest: string;
    readonly tasks: readonly string[];
    readonly faults: number;
  }[];
}

/** All that edges (GitHub, HTTP, MCP, CLI) may ask of the control plane. */
export interface ControlPlane {
  /** Checks a request and queues it. Says what is wrong instead of throwing; throws only when a part of the service is down. */
  createRun(request: RunRequest): Promise<RunAdmission>;
  cancelRun(id: RunId, by: string): Promise<CancelAnswer>;
  viewRun(id: RunId): Promise<RunView | undefined>;
  /** Newest first. */
  listRuns(filter: {
    readonly thread?: string;
    readonly live?: boolean;
    readonly before?: RunId;
    readonly limit: number;
  }): Promise<readonly Run[]>;
  catalog(): Promise<readonly CatalogView[]>;
  /** Events with `seq` > `after`, then live ones in the same order, until the run is terminal and all were given, or `signal` aborts. */
  followEvents(id: RunId, after: number, signal: AbortSignal): AsyncIterable<LoggedEvent>;
  readEvents(id: RunId, after: number, limit: number): Promise<readonly LoggedEvent[]>;
}

/**
 * Shows runs to people. Level-triggered: called whenever a run may have changed, and again until it answers `settled`.
 * Must be idempotent; a throw means "try again later".
 */
export interface Publisher {
  publish(view: RunView): Promise<'settled' | 'again'>;
}
