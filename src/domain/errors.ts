/** Every code a {@link ClawBenchError} can carry. Edges map a code to an HTTP status, an exit code or a sentence. */
export const errorCodes = [
  'invalid-input',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'dedupe-conflict',
  'lease-lost',
  'limit-reached',
  'timeout',
  'unavailable',
  'unsupported',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a {@link ClawBenchError} knows beyond its message. */
export interface ErrorFacts {
  /** What the reader can do next, one sentence. */
  readonly hint?: string;
  /** True when the same call may succeed later without any change. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The one error class: thrown for surprises only; expected endings are union values.
 * `message` says what happened and why, `hint` what to do next.
 */
export class ClawBenchError extends Error {
  override readonly name = 'ClawBenchError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.hint = facts.hint;
    this.retryable = facts.retryable ?? code === 'unavailable';
  }

  /** Anything thrown, as a ClawBenchError: unknown things become `internal`. */
  static from(thrown: unknown): ClawBenchError {
    if (thrown instanceof ClawBenchError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ClawBenchError('internal', message, { cause: thrown });
  }
}
