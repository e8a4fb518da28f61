import type { RunId } from '../domain/ids.ts';

/** Something in this process that makes a tick worth while at once. */
export type Change =
  /** Trials wait to be claimed, or a place became free. */
  | { readonly kind: 'work' }
  /** A run has another status or is to be cancelled, or the execution of one of its trials ended. */
  | { readonly kind: 'run'; readonly runId: RunId }
  /** Events of a run were appended. */
  | { readonly kind: 'events'; readonly runId: RunId };

/**
 * Tells the loops of this process that there is something to do now. Only ever makes things faster: a change that is
 * lost, or made by another process, is found by the next tick.
 */
export class Nudge {
  readonly #listeners = new Set<(change: Change) => void>();

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Calls `listener` at each change until the returned function is called. It must not throw. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
