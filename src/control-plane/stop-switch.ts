import { ClawBenchError } from '../domain/errors.ts';

/** Why a trial's execution is to end before it is done. */
export type StopReason =
  | { readonly kind: 'cancelled'; readonly by: string }
  /** Somebody else may hold the trial: stop at once and write nothing. */
  | { readonly kind: 'lease-lost' }
  /** This process ends: give the trial back. */
  | { readonly kind: 'draining' };

/** Stops one execution from outside. The first reason stays, except that a lost lease outranks all others. */
export class StopSwitch {
  readonly #controller = new AbortController();
  #reason: StopReason | undefined;

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(reason: StopReason): void {
    if (this.#reason === undefined || reason.kind === 'lease-lost') this.#reason = reason;
    this.#controller.abort();
  }

  /** Rejects when a stop is wanted; callers ask {@link reason} which. */
  check(): void {
    if (this.signal.aborted) throw stopped();
  }

  /** What `work` comes to, unless a stop is wanted first: then it rejects at once, and what becomes of `work` is ignored. */
  async orStop<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(stopped());
    this.signal.addEventListener('abort', onAbort, { once: true });
    if (this.signal.aborted) onAbort();
    try {
      return await Promise.race([promise, work]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }
}

function stopped(): ClawBenchError {
  return new ClawBenchError('conflict', 'the trial was stopped');
}
