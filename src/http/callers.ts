import { createHash, timingSafeEqual } from 'node:crypto';
import type { OperationNeeds } from '../contract/operations.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { mayUse, type Caller } from '../operations/caller.ts';

/** Who may call over HTTP. */
export interface AccessOptions {
  /** The operator's bearer token; null turns everything off that needs one. */
  readonly operatorToken: string | null;
  /** Whether runs, their pages and events (secrets removed) can be read without a token. */
  readonly publicRuns: boolean;
}

/** Decides in whose name a request is made. */
export type CallerCheck = (authorization: string | undefined, needs: OperationNeeds) => Caller;

/**
 * Equal work whatever the tokens are: their digests are compared, so neither length nor a common beginning shows in the time.
 * The check throws ClawBenchError `unauthenticated`; a wrong token is never treated as no token.
 */
export function createCallerCheck(options: AccessOptions): CallerCheck {
  const expected = options.operatorToken === null ? null : digest(options.operatorToken);
  return (authorization, needs) => {
    const caller = authorization === undefined ? anonymous(options) : bearer(authorization, expected);
    if (!mayUse(caller, needs)) throw tokenNeeded('this needs the operator’s token');
    return caller;
  };
}

function anonymous({ publicRuns }: AccessOptions): Caller {
  if (publicRuns) return { kind: 'public' };
  throw tokenNeeded('this service shows its runs to its operator only');
}

function bearer(authorization: string, expected: Buffer | null): Caller {
  const token = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(authorization)?.[1];
  if (token !== undefined && expected !== null && timingSafeEqual(digest(token), expected)) {
    return { kind: 'operator' };
  }
  throw tokenNeeded('the token in the Authorization header is not the operator’s');
}

function tokenNeeded(message: string): ClawBenchError {
  return new ClawBenchError('unauthenticated', message, {
    hint: 'Send "Authorization: Bearer <token>" with the token the service was started with.',
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
