import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { ModelWire } from '../../domain/model.ts';

/**
 * Only named headers cross the gateway: cookies, organisation ids, hop-by-hop headers, the agent's token upstream and
 * anything new stay where they are. `openai-organization` and `openai-project` are left out in both directions:
 * they would choose, or show, whose account pays.
 */
const requestHeaders = new Set([
  'content-type',
  'accept',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
]);

const responseHeaders = new Set([
  'content-type',
  'cache-control',
  'request-id',
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'openai-processing-ms',
  'openai-version',
  'openai-model',
]);

const responsePrefixes = ['x-ratelimit-', 'anthropic-ratelimit-'];

/** Longest value passed on; vendors' own are far shorter. */
const maxHeaderLength = 4096;

function pick(headers: IncomingHttpHeaders, allowed: (name: string) => boolean): OutgoingHttpHeaders {
  const picked: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && value.length <= maxHeaderLength && allowed(name)) picked[name] = value;
  }
  return picked;
}

function credential(wire: ModelWire, key: string): OutgoingHttpHeaders {
  return wire === 'anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}

/**
 * Headers of the call to the vendor. The body is asked for uncompressed, because the meter reads it on its way.
 */
export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  call: { readonly wire: ModelWire; readonly apiKey: string | null; readonly bodyBytes: number },
): OutgoingHttpHeaders {
  return {
    ...pick(headers, (name) => requestHeaders.has(name)),
    'accept-encoding': 'identity',
    'content-length': call.bodyBytes,
    ...(call.apiKey === null ? {} : credential(call.wire, call.apiKey)),
  };
}

/** Headers of the vendor's answer that the agent may see. */
export function agentHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return pick(
    headers,
    (name) => responseHeaders.has(name) || responsePrefixes.some((prefix) => name.startsWith(prefix)),
  );
}

/** The token of a call, where either vendor's clients put it. */
export function presentedToken(headers: IncomingHttpHeaders): string | undefined {
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string') return apiKey;
  return /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1];
}
