import type { Clock, Timestamp } from '../../domain/clock.ts';

/** GitHub's limits per installation; content-creating requests are those that people are notified of. */
export interface RateLimits {
  readonly requestsPerHour: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
}

export const githubRateLimits: RateLimits = {
  requestsPerHour: 5_000,
  contentPerMinute: 80,
  contentPerHour: 500,
};

/** Where a caller stands in its hour. */
export interface RateStanding {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export interface RateMeter {
  /** Where the caller stands; counts nothing. */
  standing(caller: string): RateStanding;
  /** Counts one request. False when the hour's requests are used up. */
  spend(caller: string): boolean;
  /** Gives one back: an answer 304 is free. */
  refund(caller: string): void;
  /** Seconds to wait before creating more content; 0 when it may go on, and then it is counted. */
  spendContent(caller: string): number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Counts requests per caller over hours of the clock. */
export function rateMeter(clock: Clock, limits: RateLimits): RateMeter {
  const windows = new Map<string, { readonly endsAt: Timestamp; used: number }>();
  const content = new Map<string, Timestamp[]>();
  const windowOf = (caller: string) => {
    const known = windows.get(caller);
    if (known && known.endsAt > clock.now()) return known;
    const fresh = { endsAt: clock.now() + hour, used: 0 };
    windows.set(caller, fresh);
    return fresh;
  };
  return {
    standing: (caller) => {
      const { used, endsAt } = windowOf(caller);
      const limit = limits.requestsPerHour;
      return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(endsAt / 1000) };
    },
    spend: (caller) => {
      const window = windowOf(caller);
      if (window.used >= limits.requestsPerHour) return false;
      window.used += 1;
      return true;
    },
    refund: (caller) => {
      windowOf(caller).used -= 1;
    },
    spendContent: (caller) => {
      const now = clock.now();
      const times = (content.get(caller) ?? []).filter((time) => time > now - hour);
      content.set(caller, times);
      const wait = Math.max(
        waitFor(times, now, minute, limits.contentPerMinute),
        waitFor(times, now, hour, limits.contentPerHour),
      );
      if (wait === 0) times.push(now);
      return wait;
    },
  };
}

function waitFor(times: readonly Timestamp[], now: Timestamp, span: number, allowed: number): number {
  const oldestThatCounts = times.at(-allowed);
  if (oldestThatCounts === undefined || oldestThatCounts <= now - span) return 0;
  return Math.ceil((oldestThatCounts + span - now) / 1000);
}
