import { z } from 'zod';
import type { Timestamp } from '../domain/clock.ts';
import { ClawBenchError, type ErrorCode } from '../domain/errors.ts';
import { redact } from '../telemetry/redaction.ts';

/** A failed request, and how long GitHub wants to be left alone after it (milliseconds, 0 for not at all). */
export interface RequestFailure {
  readonly error: ClawBenchError;
  readonly pauseMs: number;
}

const requestError = z.object({
  status: z.number(),
  message: z.string(),
  response: z
    .object({ headers: z.record(z.string(), z.union([z.string(), z.number(), z.undefined()])) })
    .optional(),
});

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'not-found',
  422: 'invalid-input',
  451: 'forbidden',
};

const hints: Readonly<Record<string, string>> = {
  unauthenticated: 'Check the App’s id and private key, and that the App was not removed.',
  forbidden: 'Check the permissions of the GitHub App and whether its installation was suspended.',
};

/** GitHub documents a minute as the least where it does not say how long. */
const defaultPauseMs = 60_000;
const longestPauseMs = 3_600_000;

/** Anything a GitHub client throws, as one of our errors: no token, no request body, no cause that could hold one. */
export function readRequestFailure(thrown: unknown, route: string, now: Timestamp): RequestFailure {
  if (thrown instanceof ClawBenchError) return { error: thrown, pauseMs: 0 };
  const parsed = requestError.safeParse(thrown);
  if (!parsed.success) {
    const message = redact(thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 300);
    return { error: new ClawBenchError('internal', `${route}: ${message}`), pauseMs: 0 };
  }
  const { status, response } = parsed.data;
  const message = redact(parsed.data.message).slice(0, 300);
  const pauseMs = limitPause(parsed.data, now);
  if (pauseMs > 0) {
    return {
      pauseMs,
      error: new ClawBenchError('limit-reached', `GitHub’s rate limit: ${message}`, { retryable: true }),
    };
  }
  if (!response) {
    return {
      pauseMs: 0,
      error: new ClawBenchError('unavailable', `GitHub did not answer ${route}: ${message}`),
    };
  }
  const code = codes[status] ?? (status >= 500 ? 'unavailable' : 'internal');
  const hint = hints[code];
  return {
    pauseMs: 0,
    error: new ClawBenchError(
      code,
      `GitHub answered ${status} to ${route}: ${message}`,
      hint ? { hint } : {},
    ),
  };
}

function limitPause({ status, message, response }: z.infer<typeof requestError>, now: Timestamp): number {
  if (status !== 403 && status !== 429) return 0;
  const headers = response?.headers ?? {};
  const retryAfter = Number(headers['retry-after'] ?? 0) * 1000;
  const reset = Number(headers['x-ratelimit-reset'] ?? 0) * 1000 - now;
  const exhausted = String(headers['x-ratelimit-remaining'] ?? '') === '0';
  if (retryAfter > 0) return Math.min(retryAfter, longestPauseMs);
  if (exhausted) return Math.min(Math.max(reset, 1000), longestPauseMs);
  return status === 429 || /secondary rate/i.test(message) ? defaultPauseMs : 0;
}
