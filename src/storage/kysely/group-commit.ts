import { setImmediate as endOfTurn } from 'node:timers/promises';
import { ClawBenchError } from '../../domain/errors.ts';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Commits under way at most: while one waits for the disk, the next is written. */
const commitsAtOnce = 2;

/**
 * Makes concurrent writes share one transaction, and so one fsync: whatever comes in turn after turn of the event loop,
 * or while a commit is under way, goes into the next one together.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: { readonly batch: number; readonly waiting: number };
  #waiting: Waiting<Item, Result>[] = [];
  #gathering = false;
  #committing = 0;

  /**
   * @param commit writes all items durably and gives a result for each, in order.
   * @param limits how many items one commit takes, and how many may wait before new ones are refused.
   */
  constructor(
    commit: (items: readonly Item[]) => Promise<readonly Result[]>,
    limits: { readonly batch: number; readonly waiting: number },
  ) {
    this.#commit = commit;
    this.#limits = limits;
  }

  /** Resolves once the item is committed. @throws ClawBenchError `unavailable` when too many wait already. */
  async add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new ClawBenchError('unavailable', 'more comes in than the database can write', {
        hint: 'Send it again later.',
      });
    }
    const committed = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
    });
    if (!this.#gathering && this.#committing < commitsAtOnce) void this.#drain();
    return committed;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#gathering) {
      this.#gathering = true;
      await this.#gather();
      this.#gathering = false;
      this.#committing += 1;
      await this.#commitBatch(this.#waiting.splice(0, this.#limits.batch));
      this.#committing -= 1;
    }
  }

  /** Waits for the turns of the event loop that still bring new items, for one commit costs about as much as many. */
  async #gather(): Promise<void> {
    let before: number;
    do {
      before = this.#waiting.length;
      await endOfTurn();
    } while (this.#waiting.length > before && this.#waiting.length < this.#limits.batch);
  }

  async #commitBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new ClawBenchError('internal', 'a commit gave too few results'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
