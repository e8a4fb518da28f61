import { monotonicFactory } from 'ulid';
import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/ids.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** ULIDs that grow with time, and within one millisecond with every call. */
export function createIds(clock: Clock): IdSource {
  const next = monotonicFactory();
  return { next: () => next(clock.now()) };
}
