import { createHash } from 'node:crypto';

import type { Trial } from '../domain/trial.ts';

/** JSON with sorted keys and no spaces, so that equal data has equal bytes (RFC 8785 for the values we use). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries: readonly [string, unknown][] = Object.entries(value);
    const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** `sha256:` over the outcomes of a run's trials, whatever order they come in: anyone who has them can recompute it. */
export function resultDigest(trials: readonly Trial[]): string {
  const outcomes = trials
    .map(({ taskId, taskDigest, repetition, outcome }) => ({ taskId, taskDigest, repetition, outcome }))
    .toSorted((a, b) => (a.taskId === b.taskId ? a.repetition - b.repetition : a.taskId < b.taskId ? -1 : 1));
  return `sha256:${createHash('sha256').update(canonicalJson(outcomes)).digest('hex')}`;
}
