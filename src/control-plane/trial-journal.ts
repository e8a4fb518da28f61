import { ClawBenchError } from '../domain/errors.ts';
import type { Lease } from '../domain/lease.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { TrialStatus } from '../domain/trial.ts';
import type { StampedTrialEvent, TrialPatch } from '../storage/trial-store.ts';
import type { TrialLevelEvent } from '../telemetry/events.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { boundEvent } from './event-text.ts';

/** Events that may wait to be stored before whoever makes them has to wait. */
const maxWaiting = 200;

interface JournalOptions {
  readonly lease: Lease;
  /** Turns and spend as they are now; stored with every write. */
  readonly progress: () => TrialPatch;
  /** Called once when a write found the lease to be somebody else's. */
  readonly onLeaseLost: () => void;
}

/**
 * Writes all that happens to one trial, in the order it happened: one write at a time, and what comes in meanwhile
 * goes with the next one. Every write is fenced by the lease.
 */
export class TrialJournal {
  readonly #deps: Pick<ControlPlaneDeps, 'stores' | 'clock' | 'nudge'>;
  readonly #options: JournalOptions;
  readonly #secrets: string[] = [];
  readonly #recorded: StampedTrialEvent[] = [];
  #waiting: StampedTrialEvent[] = [];
  #writing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #size = 0;
  #failure: ClawBenchError | undefined;

  constructor(deps: Pick<ControlPlaneDeps, 'stores' | 'clock' | 'nudge'>, options: JournalOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Everything recorded so far in this try. */
  get events(): readonly StampedTrialEvent[] {
    return this.#recorded;
  }

  /** Characters of all events recorded so far, as JSON. */
  get size(): number {
    return this.#size;
  }

  /** From now on `secret` is blacked out of every event. */
  hide(secret: string): void {
    this.#secrets.push(secret);
  }

  /** Records an event; it is stored soon. */
  add(event: TrialLevelEvent): void {
    this.#record(event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const write = this.#enqueue(() => {
      this.#scheduled = false;
      return this.#advance(undefined, {});
    });
    // Whoever writes or waits next is told.
    write.catch(() => undefined);
  }

  /** Resolves once few enough events wait; rejects when they cannot be stored. */
  async room(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#waiting.length > maxWaiting) await this.#writing;
  }

  /** Moves the trial on, together with the facts and the events of that step. */
  async move(to: TrialStatus, patch: TrialPatch, ...events: readonly TrialLevelEvent[]): Promise<void> {
    for (const event of events) this.#record(event);
    await this.#enqueue(() => this.#advance(to, patch));
  }

  /** Stores what waits. */
  async flush(): Promise<void> {
    await this.#enqueue(() => this.#advance(undefined, {}));
  }

  /** Ends the trial. */
  async finish(outcome: Outcome): Promise<void> {
    await this.#enqueue(async () => {
      const { stores, clock } = this.#deps;
      const { lease, progress } = this.#options;
      await stores.trials.finish(lease, outcome, {
        at: clock.now(),
        patch: progress(),
        events: this.#take(),
      });
    });
  }

  #record(event: TrialLevelEvent): void {
    const stamped = { at: this.#deps.clock.now(), event: boundEvent(event, this.#secrets) };
    this.#size += JSON.stringify(stamped).length;
    this.#recorded.push(stamped);
    this.#waiting.push(stamped);
  }

  #take(): readonly StampedTrialEvent[] {
    const events = this.#waiting;
    this.#waiting = [];
    return events;
  }

  async #advance(to: TrialStatus | undefined, patch: TrialPatch): Promise<void> {
    const { lease, progress } = this.#options;
    const events = this.#take();
    if (to === undefined && events.length === 0) return;
    await this.#deps.stores.trials.advance(lease, to, { ...progress(), ...patch }, events);
    this.#deps.nudge.tell({ kind: 'events', runId: lease.runId });
  }

  async #enqueue(write: () => Promise<void>): Promise<void> {
    const turn = this.#after(this.#writing, write);
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  /** After a failed write nothing is written any more: the log would have a hole. */
  async #after(earlier: Promise<void>, write: () => Promise<void>): Promise<void> {
    await earlier;
    if (this.#failure) throw this.#failure;
    try {
      await write();
    } catch (thrown) {
      this.#failure = ClawBenchError.from(thrown);
      if (this.#failure.code === 'lease-lost') this.#options.onLeaseLost();
      throw this.#failure;
    }
  }
}
