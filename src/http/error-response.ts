import type { ErrorDocument } from '../contract/error.ts';
import { ClawBenchError, type ErrorCode } from '../domain/errors.ts';
import type { Log } from '../telemetry/log.ts';

const statuses = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'dedupe-conflict': 409,
  'lease-lost': 409,
  'limit-reached': 429,
  timeout: 504,
  unavailable: 503,
  unsupported: 422,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** What is told of an error, and with which status. */
export interface ErrorAnswer {
  readonly status: (typeof statuses)[ErrorCode];
  readonly document: ErrorDocument;
  readonly headers: Readonly<Record<string, string>>;
}

/** Anything thrown, as an answer. The message of an internal error stays in the log. */
export function answerError(thrown: unknown, log: Log): ErrorAnswer {
  const error = ClawBenchError.from(thrown);
  if (error.code === 'internal') {
    log.error('a request failed', { error: error.message, cause: error.cause });
  }
  return {
    status: statuses[error.code],
    document: {
      error: {
        code: error.code,
        message: error.code === 'internal' ? 'something went wrong inside the service' : error.message,
        hint:
          error.code === 'internal'
            ? 'The operator finds the reason in the service’s log.'
            : (error.hint ?? null),
      },
    },
    headers: headersOf(error),
  };
}

function headersOf(error: ClawBenchError): Readonly<Record<string, string>> {
  if (error.code === 'unauthenticated') return { 'WWW-Authenticate': 'Bearer realm="clawbench"' };
  return error.retryable ? { 'Retry-After': '5' } : {};
}
