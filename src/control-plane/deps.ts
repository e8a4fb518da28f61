import type { AgentDriver } from '../agents/agent-driver.ts';
import type { Benchmark } from '../benchmarks/benchmark.ts';
import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/ids.ts';
import { heartbeatIntervalMs, leaseTtlMs } from '../domain/lease.ts';
import type { ModelGateway } from '../models/model-gateway.ts';
import type { SandboxProvider } from '../sandboxes/sandbox.ts';
import type { Stores } from '../storage/stores.ts';
import type { Log } from '../telemetry/log.ts';
import type { Publisher } from './control-plane.ts';
import type { Nudge } from './nudge.ts';
import type { ToolServer } from './tool-desk.ts';

/** Resolves after `ms` milliseconds or as soon as `signal` is aborted; never rejects. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Periods in milliseconds. */
export interface Timings {
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
  /** Until a trial whose sandbox broke is tried again; grows with each try. */
  readonly retryPauseMs: number;
  /** What an agent gets to end by itself once it is told to stop. */
  readonly agentGraceMs: number;
  /** How long a follower of events may miss what another process wrote. */
  readonly followPollMs: number;
  /** Between two looks at every live run, and at every sandbox of this installation. */
  readonly sweepMs: number;
  /** Between two publications of a run; how often people are shown them is the publisher's decision. */
  readonly publishGapMs: number;
}

export const defaultTimings: Timings = {
  leaseTtlMs,
  heartbeatMs: heartbeatIntervalMs,
  retryPauseMs: 3_000,
  agentGraceMs: 2_000,
  followPollMs: 1_000,
  sweepMs: 10_000,
  publishGapMs: 1_000,
};

/** Everything the control plane is made of; built once, in `src/main`. */
export interface ControlPlaneDeps {
  readonly stores: Stores;
  readonly sandboxes: SandboxProvider;
  readonly benchmarks: readonly Benchmark[];
  readonly drivers: readonly AgentDriver[];
  readonly gateway: ModelGateway;
  readonly toolServer: ToolServer;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly ids: IdSource;
  readonly log: Log;
  readonly nudge: Nudge;
  /** This installation, as sandboxes are labelled with it. */
  readonly instance: string;
  readonly workerId: string;
  /** True only for worker ids whose process is known to be gone: their trials need not wait for their leases. */
  readonly isDeadWorker: (workerId: string) => boolean;
  /** Secret that nonces are derived from; the same on all hosts that share a database. */
  readonly nonceKey: Uint8Array;
  readonly maxConcurrentSandboxes: number;
  /** `provider/id` for requests that name no model. */
  readonly defaultModel: string | undefined;
  readonly timings: Timings;
}
