import { reachedLimit } from '../../domain/budget.ts';
import { addSpend, type ModelSpend } from '../../domain/model.ts';
import type { MicroUsd } from '../../domain/money.ts';
import type { LimitKind } from '../../domain/outcome.ts';
import type { GrantRequest } from '../model-gateway.ts';

/** The most a call can come to; held against the caps while it is in flight. */
export interface SpendEstimate {
  readonly tokens: number;
  /** Of no consequence once the price turns out to be unknown: then tokens alone are capped. */
  readonly cost: MicroUsd;
}

/** A call let through: it must be settled exactly once. */
export interface Admitted {
  readonly kind: 'admitted';
  /** Books what the call came to. `answered` says that the model gave an answer, which makes it a turn. */
  settle(spend: ModelSpend, answered: boolean): void;
}

/** Whether a call may go to the model. */
export type Admission =
  | Admitted
  | { readonly kind: 'limit-reached'; readonly limit: LimitKind }
  /** The caller hung up or the grant was revoked while it waited. */
  | { readonly kind: 'gone' };

interface Waiting {
  readonly estimate: SpendEstimate;
  readonly answer: (admission: Admission) => void;
}

/**
 * The account of one trial. A call is let through while what was spent, plus the most that the calls in flight can
 * come to, stays under the caps; otherwise it waits until those are settled. So however many calls an agent sends at
 * once, spend never exceeds a cap by more than one call.
 */
export class TrialAccount {
  readonly #limits: GrantRequest['limits'];
  readonly #onLimit: (limit: LimitKind) => void;
  readonly #inFlight = new Set<SpendEstimate>();
  #waiting: Waiting[] = [];
  #spend: ModelSpend;
  #turns = 0;
  #limit: LimitKind | undefined;

  constructor(request: Pick<GrantRequest, 'limits' | 'spent'>, onLimit: (limit: LimitKind) => void) {
    this.#limits = request.limits;
    this.#spend = request.spent;
    this.#onLimit = onLimit;
  }

  spend(): ModelSpend {
    return this.#spend;
  }

  limit(): LimitKind | undefined {
    return this.#limit;
  }

  /** Resolves when the call may go, or with why not; `signal` ends the wait. Calls are served in order. */
  async admit(estimate: SpendEstimate, signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return { kind: 'gone' };
    const { promise, resolve } = Promise.withResolvers<Admission>();
    const waiting = { estimate, answer: resolve };
    this.#waiting.push(waiting);
    const giveUp = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      resolve({ kind: 'gone' });
      this.#serve();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#serve();
    const admission = await promise;
    signal.removeEventListener('abort', giveUp);
    return admission;
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const limit = this.#reached();
      if (limit === undefined && !this.#fits()) return;
      this.#waiting.shift();
      next.answer(limit === undefined ? this.#let(next.estimate) : this.#refuse(limit));
    }
  }

  #reached(): LimitKind | undefined {
    return (
      reachedLimit(this.#spend, this.#limits) ?? (this.#turns >= this.#limits.maxTurns ? 'turns' : undefined)
    );
  }

  /** Whether the caps would still stand open if every call in flight came to its most. */
  #fits(): boolean {
    let tokens = this.#spend.inputTokens + this.#spend.outputTokens;
    let cost = this.#spend.cost ?? 0;
    for (const estimate of this.#inFlight) {
      tokens += estimate.tokens;
      cost += estimate.cost;
    }
    const priced = this.#spend.cost === null || cost < this.#limits.maxCost;
    return (
      priced && tokens < this.#limits.maxTokens && this.#turns + this.#inFlight.size < this.#limits.maxTurns
    );
  }

  #let(estimate: SpendEstimate): Admitted {
    const held = { ...estimate };
    this.#inFlight.add(held);
    return {
      kind: 'admitted',
      settle: (spend, answered) => {
        if (!this.#inFlight.delete(held)) return;
        this.#spend = addSpend(this.#spend, spend);
        if (answered) this.#turns += 1;
        this.#serve();
      },
    };
  }

  #refuse(limit: LimitKind): Admission {
    if (this.#limit === undefined) {
      this.#limit = limit;
      this.#onLimit(limit);
    }
    return { kind: 'limit-reached', limit };
  }
}
