import type { Timestamp } from '../domain/clock.ts';
import { parseTrialId, type RunId } from '../domain/ids.ts';
import { maxTries } from '../domain/lease.ts';
import type { RunStatus } from '../domain/run.ts';
import type { FoundSandbox } from '../sandboxes/sandbox.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { settleRun } from './finalize.ts';

const pageSize = 200;
const maxPages = 10;

/** Repairs what crashes, lost workers and lost nudges leave behind. Any number may sweep at once. */
export class Sweep {
  readonly #deps: ControlPlaneDeps;
  /** Runs of which this process knows that something changed. */
  #changed = new Set<RunId>();
  #nextRound: Timestamp | undefined;

  constructor(deps: ControlPlaneDeps) {
    this.#deps = deps;
  }

  /**
   * Ends leases that ran out and settles the runs that changed; at the first call and every sweep period also looks at
   * all live runs and all sandboxes of this installation.
   */
  async tick(now: Timestamp): Promise<void> {
    const { stores, nudge, timings, isDeadWorker } = this.#deps;
    // A process that never sweeps must not remember what it would have swept.
    if (this.#nextRound === undefined) this.#listen();
    const round = now >= (this.#nextRound ?? 0);
    if (round) await stores.trials.abandon(isDeadWorker, now);
    const expired = await stores.trials.expire(now, maxTries);
    for (const { runId } of expired) this.#changed.add(runId);
    if (expired.length > 0) nudge.tell({ kind: 'work' });
    if (round) await this.#findLiveRuns();
    await this.#settleChanged();
    if (round) {
      await this.#removeOrphans();
      this.#nextRound = now + timings.sweepMs;
    }
  }

  #listen(): void {
    this.#nextRound = 0;
    this.#deps.nudge.listen((change) => {
      if (change.kind === 'run') this.#changed.add(change.runId);
    });
  }

  /** Runs under way first: they are few, and the queue may be long. */
  async #findLiveRuns(): Promise<void> {
    const live: readonly (readonly RunStatus[])[] = [['running', 'finalizing'], ['queued']];
    for (const statuses of live) {
      let before: RunId | undefined;
      for (let page = 0; page < maxPages; page += 1) {
        const runs = await this.#deps.stores.runs.list({
          statuses,
          limit: pageSize,
          ...(before && { before }),
        });
        for (const { id } of runs) this.#changed.add(id);
        before = runs.at(-1)?.id;
        if (runs.length < pageSize) break;
      }
    }
  }

  async #settleChanged(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const runId of changed) {
      try {
        await settleRun(this.#deps, runId);
      } catch (error) {
        this.#deps.log.warn('a run could not be settled; the next sweep tries again', { runId, error });
      }
    }
  }

  async #removeOrphans(): Promise<void> {
    const { sandboxes, instance, log } = this.#deps;
    try {
      for (const sandbox of await sandboxes.list(instance)) await this.#removeOrphan(sandbox);
    } catch (error) {
      log.warn('sandboxes could not be listed; the next sweep tries again', { error });
    }
  }

  /** A sandbox whose lease is not the newest of a held trial belongs to nobody who is alive. */
  async #removeOrphan({ id, owner }: FoundSandbox): Promise<void> {
    const { stores, sandboxes, log } = this.#deps;
    const fields = { sandboxId: id, trialId: owner.trialId };
    try {
      if (await stores.trials.isCurrent(parseTrialId(owner.trialId), owner.leaseToken)) return;
      await sandboxes.removeById(id);
      log.info('orphaned sandbox removed', fields);
    } catch (error) {
      log.warn('an orphaned sandbox could not be removed; the next sweep tries again', { ...fields, error });
    }
  }
}
