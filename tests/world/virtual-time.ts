import type { Clock, Timestamp } from '../../src/domain/clock.ts';

interface Waiting {
  readonly dueAt: Timestamp;
  readonly resolve: () => void;
}

/** A clock that only moves when a test moves it, and the waiting that goes with it. */
export class VirtualTime implements Clock {
  #now: Timestamp;
  readonly #waiting = new Set<Waiting>();

  constructor(start: Timestamp) {
    this.#now = start;
  }

  now(): Timestamp {
    return this.#now;
  }

  /** Calls of {@link wait} that are neither due nor aborted. */
  get pending(): number {
    return this.#waiting.size;
  }

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting: Waiting = {
        dueAt: this.#now + ms,
        resolve: () => {
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', waiting.resolve, { once: true });
    });
  };

  advance(ms: number): void {
    this.#now += ms;
    for (const waiting of this.#waiting) {
      if (waiting.dueAt <= this.#now) waiting.resolve();
    }
  }
}
