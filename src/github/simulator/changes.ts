import { ClawBenchError } from '../../domain/errors.ts';
import type {
  SimulatedCheckRun,
  SimulatedComment,
  SimulatedDelivery,
  SimulatedIssue,
  SimulatedReaction,
} from './state.ts';

/** Something a person watching the thread, or the delivery log, would see happen. */
export type SimulatorChange =
  | { readonly kind: 'thread'; readonly action: ThreadAction; readonly issue: SimulatedIssue }
  | { readonly kind: 'comment'; readonly action: CommentAction; readonly comment: SimulatedComment }
  | {
      readonly kind: 'reaction';
      readonly action: 'added' | 'removed';
      readonly issue: SimulatedIssue;
      readonly reaction: SimulatedReaction;
    }
  | { readonly kind: 'check-run'; readonly action: CheckRunAction; readonly checkRun: SimulatedCheckRun }
  | { readonly kind: 'delivery'; readonly action: 'finished'; readonly delivery: SimulatedDelivery };

type ThreadAction = 'opened' | 'closed' | 'reopened' | 'synchronized';
type CommentAction = 'created' | 'edited' | 'deleted' | 'minimized';
type CheckRunAction = 'created' | 'updated' | 'rerequested' | 'action-requested';

export interface ChangeFeed {
  announce(change: SimulatorChange): void;
  /** Calls `listener` on every change from now on, until the returned function is called. */
  subscribe(listener: (change: SimulatorChange) => void): () => void;
  /**
   * The next change that `matches`; changes from before the call do not count.
   * @throws ClawBenchError `timeout` after `timeoutMilliseconds`.
   */
  next(matches: (change: SimulatorChange) => boolean, timeoutMilliseconds: number): Promise<SimulatorChange>;
  /**
   * The first value other than undefined that `look` returns, now or after any later change.
   * @throws ClawBenchError `timeout` after `timeoutMilliseconds`.
   */
  until<T>(look: () => T | undefined, timeoutMilliseconds: number): Promise<T>;
}

/** A feed that remembers nothing: state is the record, the feed only wakes whoever waits. */
export function changeFeed(): ChangeFeed {
  const listeners = new Set<(change: SimulatorChange) => void>();
  const subscribe = (listener: (change: SimulatorChange) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const wait = <T>(look: (change: SimulatorChange) => T | undefined, timeoutMilliseconds: number) =>
    new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void) => {
        unsubscribe();
        clearTimeout(deadline);
        settle();
      };
      const unsubscribe = subscribe((change) => {
        try {
          const found = look(change);
          if (found !== undefined) finish(() => resolve(found));
        } catch (thrown) {
          finish(() => reject(ClawBenchError.from(thrown)));
        }
      });
      const deadline = setTimeout(() => {
        const message = `nothing matched on the simulated GitHub within ${timeoutMilliseconds} ms`;
        finish(() => reject(new ClawBenchError('timeout', message)));
      }, timeoutMilliseconds);
    });
  return {
    announce: (change) => {
      for (const listener of listeners) listener(change);
    },
    subscribe,
    next: (matches, timeoutMilliseconds) =>
      wait((change) => (matches(change) ? change : undefined), timeoutMilliseconds),
    until: async (look, timeoutMilliseconds) => {
      const already = look();
      return already === undefined ? wait(look, timeoutMilliseconds) : already;
    },
  };
}
