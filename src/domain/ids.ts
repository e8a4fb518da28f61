import { ClawBenchError } from './errors.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type RunId = Id<'run'>;
export type TrialId = Id<'trial'>;

/** Source of fresh ULIDs (26 characters of Crockford base 32, sortable by time); injected so that tests can predict them. */
export interface IdSource {
  next(): string;
}

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

function isRunId(text: string): text is RunId {
  return ulid.test(text);
}

function isTrialId(text: string): text is TrialId {
  return ulid.test(text);
}

function malformed(noun: string, text: string): ClawBenchError {
  return new ClawBenchError('invalid-input', `"${text.slice(0, 40)}" is not a ${noun} id`, {
    hint: `A ${noun} id has 26 letters and digits, for example 01K0V5Z3QK6M1T6E0G2Q1N4W7B.`,
  });
}

/** @throws ClawBenchError `invalid-input` when `text` is not a ULID; lower case is accepted. */
export function parseRunId(text: string): RunId {
  const candidate = text.trim().toUpperCase();
  if (isRunId(candidate)) return candidate;
  throw malformed('run', text);
}

/** @throws ClawBenchError `invalid-input` when `text` is not a ULID; lower case is accepted. */
export function parseTrialId(text: string): TrialId {
  const candidate = text.trim().toUpperCase();
  if (isTrialId(candidate)) return candidate;
  throw malformed('trial', text);
}
