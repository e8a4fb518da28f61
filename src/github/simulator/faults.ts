import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Which requests a fault strikes: all of a method, and of paths (without `/api/v3`) that match. */
export interface FaultMatch {
  readonly method?: string;
  readonly path?: RegExp;
}

/**
 * What goes wrong: an error status before anything was done, a secondary rate limit, a connection that breaks before or after the
 * request was carried out, or an answer kept back until {@link Fault.release}.
 */
export type FaultEffect =
  | { readonly kind: 'status'; readonly status: ContentfulStatusCode }
  | {
      readonly kind: 'secondary-limit';
      readonly status: 403 | 429;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  | { readonly kind: 'hold'; readonly when: 'before' | 'after' };

export interface Fault {
  /** Resolves when the first request was struck. */
  readonly struck: Promise<void>;
  /** Lets requests that are held go on, and strikes no more. */
  release(): void;
}

/** A fault as the API's middleware meets it. */
export interface Strike {
  readonly effect: FaultEffect;
  readonly released: Promise<void>;
}

export interface FaultBox {
  /** Strikes the next `times` matching requests. */
  inject(match: FaultMatch, effect: FaultEffect, times?: number): Fault;
  /** Takes the fault for this request, if any. */
  strike(method: string, path: string): Strike | undefined;
  releaseAll(): void;
}

interface Armed {
  readonly match: FaultMatch;
  readonly strike: Strike;
  readonly fault: Fault;
  readonly onStruck: () => void;
  left: number;
}

export function faultBox(): FaultBox {
  const armed = new Set<Armed>();
  return {
    inject: (match, effect, times = 1) => {
      const struck = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const fault = {
        struck: struck.promise,
        release: () => {
          armed.delete(entry);
          released.resolve();
        },
      };
      const strike = { effect, released: released.promise };
      const entry: Armed = { match, strike, fault, onStruck: struck.resolve, left: times };
      armed.add(entry);
      return fault;
    },
    strike: (method, path) => {
      const entry = [...armed].find(
        ({ match }) =>
          (match.method ?? method) === method && (match.path === undefined || match.path.test(path)),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      if (entry.left === 0) armed.delete(entry);
      entry.onStruck();
      return entry.strike;
    },
    releaseAll: () => {
      for (const { fault } of armed) fault.release();
    },
  };
}
