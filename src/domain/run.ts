import type { AgentDriverId } from './agent-identity.ts';
import type { PackIdentity } from './benchmark.ts';
import type { TrialLimits } from './budget.ts';
import type { Timestamp } from './clock.ts';
import type { RunId } from './ids.ts';
import type { ModelRef } from './model.ts';
import type { RunResult } from './run-result.ts';
import type { Thread } from './thread.ts';

export const runStatuses = ['queued', 'running', 'finalizing', 'finished', 'cancelled'] as const;

export type RunStatus = (typeof runStatuses)[number];

/** Every legal move. A cancelled run is finalized too: what was graded and spent before is kept and shown. */
export const runTransitions = {
  queued: ['running', 'finalizing'],
  running: ['finalizing'],
  finalizing: ['finished', 'cancelled'],
  finished: [],
  cancelled: [],
} as const satisfies Record<RunStatus, readonly RunStatus[]>;

export const liveRunStatuses = ['queued', 'running', 'finalizing'] as const satisfies readonly RunStatus[];

export function canRunMove(from: RunStatus, to: RunStatus): boolean {
  const allowed: readonly RunStatus[] = runTransitions[from];
  return allowed.includes(to);
}

export function isRunLive(status: RunStatus): boolean {
  return liveRunStatuses.some((live) => live === status);
}

/** Population of runs; results of different lanes are never mixed. */
export const lanes = ['dev', 'canary', 'experiment', 'public', 'instrument'] as const;

export type Lane = (typeof lanes)[number];

/** Where a request came from; `key` makes a repeated delivery of the same request the same run. */
export interface RunOrigin {
  readonly kind: 'github' | 'api' | 'cli' | 'instrument';
  /** Unique per accepted request, for example `gh:comment:4711:0`. */
  readonly key: string;
  /** Who asked, as the origin names people. */
  readonly requestedBy: string;
  readonly thread: Thread | null;
  readonly headSha: string | null;
  /** GitHub App installation that delivered the request. */
  readonly installationId: number | null;
}

/** The agent under test. */
export interface RunAgent {
  /** Public participant name. */
  readonly name: string;
  readonly driver: AgentDriverId;
  /** Null for drivers that call no model. */
  readonly model: ModelRef | null;
}

/** Everything that is fixed when a run is accepted. */
export interface RunSpec {
  readonly pack: PackIdentity;
  readonly taskIds: readonly string[];
  readonly agent: RunAgent;
  readonly trialsPerTask: number;
  readonly limits: TrialLimits;
  readonly lane: Lane;
  /** Version of the price table that money is counted with. */
  readonly priceTable: string;
}

export interface CancelRequest {
  readonly by: string;
  readonly at: Timestamp;
}

/** One accepted request and how far it is. */
export interface Run {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly spec: RunSpec;
  readonly origin: RunOrigin;
  readonly cancelRequest: CancelRequest | null;
  readonly result: RunResult | null;
  readonly createdAt: Timestamp;
  readonly startedAt: Timestamp | null;
  readonly finishedAt: Timestamp | null;
}
