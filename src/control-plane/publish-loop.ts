import type { Timestamp } from '../domain/clock.ts';
import type { RunId } from '../domain/ids.ts';
import { isRunLive, liveRunStatuses } from '../domain/run.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { viewRun } from './service.ts';

/** What is known of the publication of one run that is not settled. */
interface Unsettled {
  /** Something changed since it was published last. */
  changed: boolean;
  /** Newest event it was published with. */
  seq: number;
  nextAt: Timestamp;
  failures: number;
}

const maxParallel = 4;
/** Ended runs remembered as settled; one that was forgotten is published once more, which changes nothing. */
const maxRemembered = 2_000;
const firstBackoffMs = 1_000;
const maxBackoffMs = 300_000;
/** How far back a look at the whole database goes for runs that ended without their last words. */
const lookBackMs = 24 * 3_600_000;
const pageSize = 200;
const eventPage = 1_000;

/**
 * Keeps what people see of runs up to date. Level-triggered: what is shown follows from the stores, so a crash, a lost
 * nudge or an outage of the other side delays it and never leaves it wrong.
 */
export class PublishLoop {
  readonly #deps: ControlPlaneDeps;
  readonly #unsettled = new Map<RunId, Unsettled>();
  /** Ended runs whose last words are shown; nothing about them changes any more. */
  readonly #settled = new Set<RunId>();
  #nextRound: Timestamp | undefined;

  constructor(deps: ControlPlaneDeps) {
    this.#deps = deps;
  }

  /** Publishes each run that changed or is not settled, some at once; resolves when those have answered. */
  async tick(now: Timestamp): Promise<void> {
    // A process that never publishes must not remember what it would have published.
    if (this.#nextRound === undefined) this.#listen();
    if (now >= (this.#nextRound ?? 0)) {
      await this.#findUnsettled(now);
      this.#nextRound = now + this.#deps.timings.sweepMs;
    }
    await this.#findForeignChanges();
    const due = [...this.#unsettled].filter(([, state]) => state.changed && now >= state.nextAt);
    const queue = due.map(([runId]) => runId);
    await Promise.all(
      Array.from({ length: Math.min(maxParallel, queue.length) }, async () => {
        for (let runId = queue.shift(); runId !== undefined; runId = queue.shift()) {
          await this.#publish(runId, now);
        }
      }),
    );
  }

  #listen(): void {
    this.#nextRound = 0;
    this.#deps.nudge.listen((change) => {
      if (change.kind !== 'work') this.#note(change.runId);
    });
  }

  #note(runId: RunId): void {
    if (this.#settled.has(runId)) return;
    const state = this.#unsettled.get(runId) ?? { changed: true, seq: 0, nextAt: 0, failures: 0 };
    state.changed = true;
    this.#unsettled.set(runId, state);
  }

  /** Live runs, runs that ended lately, and whatever is shown as unfinished. */
  async #findUnsettled(now: Timestamp): Promise<void> {
    const { runs, publications } = this.#deps.stores;
    const live = await runs.list({ statuses: liveRunStatuses, limit: pageSize });
    const ended = await runs.list({ statuses: ['finished', 'cancelled'], limit: pageSize });
    const recent = ended.filter((run) => now - (run.finishedAt ?? now) < lookBackMs);
    for (const run of [...live, ...recent]) {
      if (run.origin.thread) this.#note(run.id);
    }
    for (const { runId } of await publications.unsettled(pageSize)) this.#note(runId);
  }

  /** Events of runs that another process executes come without a nudge. */
  async #findForeignChanges(): Promise<void> {
    for (const [runId, state] of this.#unsettled) {
      if (state.changed) continue;
      const [next] = await this.#deps.stores.events.read(runId, state.seq, 1);
      if (next) state.changed = true;
    }
  }

  async #publish(runId: RunId, now: Timestamp): Promise<void> {
    const { publisher, timings, log } = this.#deps;
    const state = this.#unsettled.get(runId);
    if (!state) return;
    state.changed = false;
    try {
      state.seq = await this.#newestEvent(runId, state.seq);
      const view = await viewRun(this.#deps, runId);
      if (!view?.run.origin.thread) {
        this.#settle(runId);
        return;
      }
      const answer = await publisher.publish(view);
      state.failures = 0;
      state.nextAt = now + timings.publishGapMs;
      if (answer === 'settled' && !isRunLive(view.run.status)) this.#settle(runId);
      // Not yet: the next look at the whole database asks again.
    } catch (error) {
      state.changed = true;
      state.nextAt = now + Math.min(firstBackoffMs * 2 ** state.failures, maxBackoffMs);
      state.failures += 1;
      log.warn('a run could not be published; it is tried again', {
        runId,
        failures: state.failures,
        retryAt: state.nextAt,
        error,
      });
    }
  }

  #settle(id: RunId): void {
    this.#unsettled.delete(id);
    this.#settled.add(id);
    const [oldest] = this.#settled;
    if (this.#settled.size > maxRemembered && oldest) this.#settled.delete(oldest);
  }

  async #newestEvent(runId: RunId, after: number): Promise<number> {
    let newest = after;
    for (;;) {
      const page = await this.#deps.stores.events.read(runId, newest, eventPage);
      newest = page.at(-1)?.seq ?? newest;
      if (page.length < eventPage) return newest;
    }
  }
}
