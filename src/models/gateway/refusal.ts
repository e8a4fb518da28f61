import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ModelWire } from '../../domain/model.ts';
import { vendorRefusal, type GatewayRefusalKind } from './wire.ts';

/** An answer the gateway gives itself. */
export interface GatewayRefusal {
  readonly wire: ModelWire;
  readonly kind: GatewayRefusalKind;
  /** For people; goes into the vendor's error body. */
  readonly message: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Kinds after which the same call can succeed unchanged; vendors' clients retry these by themselves. */
const worthRetrying: ReadonlySet<GatewayRefusalKind> = new Set([
  'busy',
  'upstream-failed',
  'upstream-timeout',
]);

/**
 * Answers with a refusal.
 * `x-should-retry` is what both vendors' own clients obey.
 */
export function refuse(response: ServerResponse, refusal: GatewayRefusal): void {
  const { status, body } = vendorRefusal(refusal.wire, refusal.kind, refusal.message);
  const retry = worthRetrying.has(refusal.kind);
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-should-retry': String(retry),
    ...(refusal.kind === 'busy' ? { 'retry-after': '1' } : {}),
    // What is left of a body that was not read must not be taken for the next request.
    ...(response.req.complete ? {} : { connection: 'close' }),
    ...refusal.headers,
  });
  response.end(JSON.stringify(body));
}
