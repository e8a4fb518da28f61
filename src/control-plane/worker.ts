import type { Timestamp } from '../domain/clock.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import type { Lease } from '../domain/lease.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { executeTrial } from './execute-trial.ts';
import { startRun } from './finalize.ts';
import { TrialExecution } from './trial-execution.ts';

/** A trial this worker executes. */
interface HeldTrial {
  readonly execution: TrialExecution;
  lease: Lease;
  beatAt: Timestamp;
  readonly ended: Promise<void>;
}

/** How long a provider that was ready is taken to be ready still, in milliseconds. */
const readyForMs = 5_000;
/** Kept of the time for a graceful stop to give back what did not end by itself, in milliseconds. */
const giveBackMs = 4_000;

/** Claims trials and executes them, never more at once than its capacity. */
export class Worker {
  readonly #deps: ControlPlaneDeps;
  readonly #held = new Map<TrialId, HeldTrial>();
  #draining = false;
  #readyUntil = 0;
  #lastRefusal: string | undefined;

  constructor(deps: ControlPlaneDeps) {
    this.#deps = deps;
  }

  /** Trials being executed. */
  get load(): number {
    return this.#held.size;
  }

  /** Keeps the leases it holds, stops what is to be stopped, claims what there is room for. Not to be called twice at once. */
  async tick(now: Timestamp): Promise<void> {
    await this.#keepLeases(now);
    await this.#stopCancelled();
    await this.#claim(now);
  }

  /** Claims nothing more, lets trials that are being verified end, and gives the others back; resolves at `deadline` at the latest. */
  async drain(deadline: Timestamp): Promise<void> {
    this.#draining = true;
    for (const { execution } of this.#held.values()) {
      if (execution.step !== 'verifier' && execution.step !== 'artifacts') {
        execution.stop.stop({ kind: 'draining' });
      }
    }
    await this.#untilIdle(deadline - giveBackMs);
    for (const { execution } of this.#held.values()) execution.stop.stop({ kind: 'draining' });
    await this.#untilIdle(deadline);
  }

  async #untilIdle(deadline: Timestamp): Promise<void> {
    const idle = new AbortController();
    const ended = Promise.all([...this.#held.values()].map((held) => held.ended));
    const timeLeft = Math.max(0, deadline - this.#deps.clock.now());
    await Promise.race([ended, this.#deps.wait(timeLeft, idle.signal)]);
    idle.abort();
  }

  async #keepLeases(now: Timestamp): Promise<void> {
    const due = [...this.#held.values()].filter(
      (held) => now - held.beatAt >= this.#deps.timings.heartbeatMs,
    );
    await Promise.all(due.map((held) => this.#beat(held, now)));
  }

  async #beat(held: HeldTrial, now: Timestamp): Promise<void> {
    const { stores, log, timings } = this.#deps;
    const { stop } = held.execution;
    if (stop.reason?.kind === 'lease-lost') return;
    try {
      const beat = await stores.trials.heartbeat(held.lease, now, timings.leaseTtlMs);
      if (beat.kind === 'lost') {
        stop.stop({ kind: 'lease-lost' });
        return;
      }
      held.lease = beat.lease;
      held.beatAt = now;
      if (beat.cancelRequestedBy !== null) stop.stop({ kind: 'cancelled', by: beat.cancelRequestedBy });
    } catch (error) {
      log.warn('a lease could not be renewed', { trialId: held.lease.trialId, error });
      // Nobody renewed it in time, so somebody else may hold the trial by now.
      if (now >= held.lease.expiresAt) stop.stop({ kind: 'lease-lost' });
    }
  }

  /** A cancel must not wait for the next heartbeat. */
  async #stopCancelled(): Promise<void> {
    const running = [...this.#held.values()].filter(({ execution }) => execution.stop.reason === undefined);
    const runIds = new Set(running.map(({ lease }) => lease.runId));
    const cancelledBy = new Map<RunId, string>();
    for (const runId of runIds) {
      const run = await this.#deps.stores.runs.get(runId);
      if (run?.cancelRequest) cancelledBy.set(runId, run.cancelRequest.by);
    }
    for (const { execution, lease } of running) {
      const by = cancelledBy.get(lease.runId);
      if (by !== undefined) execution.stop.stop({ kind: 'cancelled', by });
    }
  }

  async #claim(now: Timestamp): Promise<void> {
    const { stores, workerId, timings, maxConcurrentSandboxes } = this.#deps;
    while (!this.#draining && this.#held.size < maxConcurrentSandboxes) {
      if (!(await this.#providerReady(now))) return;
      const claim = await stores.trials.claim({ workerId, now, ttlMs: timings.leaseTtlMs });
      if (!claim) return;
      const execution = new TrialExecution(this.#deps, claim);
      this.#held.set(claim.trial.id, {
        execution,
        lease: claim.lease,
        beatAt: now,
        ended: this.#execute(execution),
      });
    }
  }

  /** A trial is only claimed where its sandbox can be started: while the provider is down, runs wait in the queue. */
  async #providerReady(now: Timestamp): Promise<boolean> {
    if (now < this.#readyUntil) return true;
    const { sandboxes, log } = this.#deps;
    const preflight = await sandboxes.preflight();
    if (preflight.kind === 'ready') {
      this.#readyUntil = now + readyForMs;
      this.#lastRefusal = undefined;
      return true;
    }
    if (this.#lastRefusal !== preflight.reason) {
      this.#lastRefusal = preflight.reason;
      log.error('no sandbox can be started; runs wait', { reason: preflight.reason, hint: preflight.hint });
    }
    return false;
  }

  async #execute(execution: TrialExecution): Promise<void> {
    const { nudge, log } = this.#deps;
    const { run, trial } = execution.claim;
    const told = log.with({ runId: run.id, trialId: trial.id, taskId: trial.taskId });
    try {
      await startRun(this.#deps, run);
      told.info('trial claimed', { try: trial.tries });
      await executeTrial(execution);
    } catch (error) {
      told.error('a trial’s execution failed', { error });
    } finally {
      this.#held.delete(trial.id);
      nudge.tell({ kind: 'run', runId: run.id });
      nudge.tell({ kind: 'work' });
    }
  }
}
