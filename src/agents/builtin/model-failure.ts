import { APICallError } from 'ai';
import { limitHeader } from '../../domain/budget.ts';
import { limitKinds, type LimitKind } from '../../domain/outcome.ts';

/** Why a model gave no answer, and so what to do. */
export type ModelFailure =
  /** The gateway refused: the trial's own limit. */
  | { readonly kind: 'limit'; readonly limit: LimitKind }
  /** May pass: ask again, after `waitMs` when the vendor said how long. */
  | { readonly kind: 'passing'; readonly waitMs: number | undefined; readonly detail: string }
  /** The model cannot be had with what the service has; not the agent's doing. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** The vendor did not accept what the agent sent. */
  | { readonly kind: 'rejected'; readonly detail: string };

/** Milliseconds the vendor asks to wait, from `retry-after-ms` or `retry-after` in seconds. */
function waitAsked(headers: Readonly<Record<string, string>>): number | undefined {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (milliseconds >= 0) return milliseconds;
  const seconds = Number.parseFloat(headers['retry-after'] ?? '');
  return seconds >= 0 ? seconds * 1000 : undefined;
}

function detailOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  // Errors inside a stream arrive as the vendor's own JSON.
  return JSON.stringify(error) ?? String(error);
}

/** Reads what the model client threw or streamed as an error. */
export function readModelFailure(error: unknown): ModelFailure {
  const detail = detailOf(error).slice(0, 500);
  if (!APICallError.isInstance(error)) return { kind: 'passing', waitMs: undefined, detail };
  const headers = error.responseHeaders ?? {};
  const limit = limitKinds.find((kind) => kind === headers[limitHeader]);
  if (limit) return { kind: 'limit', limit };
  const status = error.statusCode;
  const named = status === undefined ? detail : `HTTP ${status}: ${detail}`;
  if (status === undefined || status === 408 || status === 409 || status === 429 || status >= 500)
    return { kind: 'passing', waitMs: waitAsked(headers), detail: named };
  if (status === 401 || status === 403 || status === 404) return { kind: 'unavailable', detail: named };
  // An answer that came but could not be read is the vendor's, not ours.
  return status < 400
    ? { kind: 'passing', waitMs: undefined, detail: named }
    : { kind: 'rejected', detail: named };
}
