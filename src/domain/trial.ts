import type { Timestamp } from './clock.ts';
import type { RunId, TrialId } from './ids.ts';
import type { ModelSpend } from './model.ts';
import type { Outcome } from './outcome.ts';

export const trialStatuses = [
  'queued',
  'leased',
  'preparing',
  'running',
  'verifying',
  'graded',
  'limited',
  'cancelled',
  'faulted',
] as const;

export type TrialStatus = (typeof trialStatuses)[number];

/** Every legal move. Back to `queued` is a lost lease with tries left; out of a terminal status leads nothing. */
export const trialTransitions = {
  queued: ['leased', 'cancelled', 'faulted'],
  leased: ['preparing', 'queued', 'cancelled', 'faulted'],
  preparing: ['running', 'queued', 'cancelled', 'faulted'],
  running: ['verifying', 'queued', 'cancelled', 'faulted'],
  verifying: ['graded', 'limited', 'queued', 'cancelled', 'faulted'],
  graded: [],
  limited: [],
  cancelled: [],
  faulted: [],
} as const satisfies Record<TrialStatus, readonly TrialStatus[]>;

/** A worker holds a lease on trials in these. */
export const heldTrialStatuses = [
  'leased',
  'preparing',
  'running',
  'verifying',
] as const satisfies readonly TrialStatus[];
export const terminalTrialStatuses = [
  'graded',
  'limited',
  'cancelled',
  'faulted',
] as const satisfies readonly TrialStatus[];

export type TerminalTrialStatus = (typeof terminalTrialStatuses)[number];

export function canTrialMove(from: TrialStatus, to: TrialStatus): boolean {
  const allowed: readonly TrialStatus[] = trialTransitions[from];
  return allowed.includes(to);
}

export function isTrialTerminal(status: TrialStatus): status is TerminalTrialStatus {
  return terminalTrialStatuses.some((terminal) => terminal === status);
}

/** The terminal status an outcome belongs to: the kinds carry the same words. */
export function statusOfOutcome(outcome: Outcome): TerminalTrialStatus {
  return outcome.kind;
}

/** What is known of the sandbox of the current try. */
export interface TrialSandbox {
  readonly provider: string;
  /** Full id at the provider; people see its first 12 characters. */
  readonly id: string;
  readonly image: string;
  readonly imageDigest: string;
}

/** One agent, one task, one repetition, one fresh sandbox. */
export interface Trial {
  readonly id: TrialId;
  readonly runId: RunId;
  readonly taskId: string;
  readonly taskDigest: string;
  /** 1-based repetition of the task within the run. */
  readonly repetition: number;
  readonly status: TrialStatus;
  /** How often a worker has claimed it. */
  readonly tries: number;
  readonly sandbox: TrialSandbox | null;
  readonly turns: number;
  readonly spend: ModelSpend;
  readonly outcome: Outcome | null;
  readonly createdAt: Timestamp;
  readonly startedAt: Timestamp | null;
  readonly finishedAt: Timestamp | null;
}
