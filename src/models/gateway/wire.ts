import type { ModelWire } from '../../domain/model.ts';

/** What an agent asks a model for. `count-tokens` is free at the vendor, and is neither metered nor recorded. */
export type ModelEndpoint = 'messages' | 'count-tokens' | 'chat-completions' | 'responses';

/** One vendor path the gateway passes on. */
export interface ModelRoute {
  readonly wire: ModelWire;
  readonly endpoint: ModelEndpoint;
  readonly path: string;
}

/** The only paths that lead to a model. All are `POST`. */
export const modelRoutes: readonly ModelRoute[] = [
  { wire: 'anthropic', endpoint: 'messages', path: '/v1/messages' },
  { wire: 'anthropic', endpoint: 'count-tokens', path: '/v1/messages/count_tokens' },
  { wire: 'openai', endpoint: 'chat-completions', path: '/v1/chat/completions' },
  { wire: 'openai', endpoint: 'responses', path: '/v1/responses' },
];

/** Why the gateway answers a call itself instead of the vendor. */
export type GatewayRefusalKind =
  | 'unauthenticated'
  | 'no-such-path'
  | 'no-such-model'
  | 'invalid'
  | 'too-large'
  | 'limit'
  | 'busy'
  | 'upstream-failed'
  | 'upstream-timeout';

/** A refusal in the vendor's own words: status, and the JSON body its clients parse. */
export interface VendorRefusal {
  readonly status: number;
  readonly body: unknown;
}

type VendorCode = readonly [status: number, type: string, code: string | null];

// Anthropic: platform.claude.com/docs/en/api/errors; OpenAI: platform.openai.com/docs/guides/error-codes.
const vendorCodes: Readonly<Record<GatewayRefusalKind, Readonly<Record<ModelWire, VendorCode>>>> = {
  unauthenticated: {
    anthropic: [401, 'authentication_error', null],
    openai: [401, 'invalid_request_error', 'invalid_api_key'],
  },
  'no-such-path': {
    anthropic: [404, 'not_found_error', null],
    openai: [404, 'invalid_request_error', 'unknown_url'],
  },
  'no-such-model': {
    anthropic: [404, 'not_found_error', null],
    openai: [404, 'invalid_request_error', 'model_not_found'],
  },
  invalid: {
    anthropic: [400, 'invalid_request_error', null],
    openai: [400, 'invalid_request_error', null],
  },
  'too-large': {
    anthropic: [413, 'request_too_large', null],
    openai: [413, 'invalid_request_error', 'request_too_large'],
  },
  limit: {
    anthropic: [402, 'billing_error', null],
    openai: [429, 'insufficient_quota', 'insufficient_quota'],
  },
  busy: {
    anthropic: [429, 'rate_limit_error', null],
    openai: [429, 'requests', 'rate_limit_exceeded'],
  },
  'upstream-failed': {
    anthropic: [502, 'api_error', null],
    openai: [502, 'server_error', null],
  },
  'upstream-timeout': {
    anthropic: [504, 'timeout_error', null],
    openai: [504, 'server_error', 'timeout'],
  },
};

/** The refusal as the vendor of `wire` would word it, so that its clients understand it. */
export function vendorRefusal(wire: ModelWire, kind: GatewayRefusalKind, message: string): VendorRefusal {
  const [status, type, code] = vendorCodes[kind][wire];
  return {
    status,
    body:
      wire === 'anthropic'
        ? { type: 'error', error: { type, message } }
        : { error: { message, type, param: null, code } },
  };
}
