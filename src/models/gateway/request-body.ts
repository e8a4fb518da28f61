import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ModelEndpoint } from './wire.ts';

/** What the gateway needs to know of a call before it goes to the model. */
export interface ModelRequest {
  readonly model: string;
  readonly streamed: boolean;
  /** Most output tokens the call asked for, over all its choices; undefined when it set no maximum. */
  readonly maxOutputTokens: number | undefined;
  /** Most tokens the body can come to; undefined when it names things that the vendor adds, so that nobody can tell. */
  readonly maxInputTokens: number | undefined;
  /** What goes upstream. */
  readonly body: Buffer;
}

/** A body that can go upstream, or one sentence on why not. */
export type BodyVerdict =
  | { readonly kind: 'accepted'; readonly request: ModelRequest }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * The whole body, or `too-large` beyond `maxBytes`.
 * @throws when the connection breaks before the end.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the request body is not bytes');
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return 'too-large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tokenMaximum = z
  .number()
  .int()
  .positive()
  .nullish()
  .transform((value) => value ?? undefined);

const bodySchema = z.looseObject({
  model: z.string().max(200),
  stream: z.boolean().nullish(),
  n: z.number().int().positive().max(128).nullish(),
  max_tokens: tokenMaximum,
  max_completion_tokens: tokenMaximum,
  max_output_tokens: tokenMaximum,
  stream_options: z.record(z.string(), z.unknown()).nullish(),
  background: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  tools: z.array(z.looseObject({ type: z.string().optional() })).nullish(),
  mcp_servers: z.array(z.unknown()).nullish(),
  web_search_options: z.unknown().optional(),
});

type RequestBody = z.infer<typeof bodySchema>;

/** Tools the vendor runs itself: they reach the internet past the sandbox's network policy and are billed by the call. */
const vendorRunTool =
  /^(web_search|web_fetch|code_execution|code_interpreter|file_search|image_generation|mcp|computer_use_preview)/;

/** Service tiers billed at the table's price or below. */
const meteredTiers = new Set(['auto', 'default', 'standard', 'standard_only', 'flex']);

/** What the gateway could not meter or keep inside the trial, as one sentence; undefined when there is nothing. */
function unmetered(body: RequestBody): string | undefined {
  const tool = body.tools?.find(({ type }) => type !== undefined && vendorRunTool.test(type));
  if (tool?.type !== undefined)
    return `the tool "${tool.type.slice(0, 60)}" runs at the vendor, which a trial does not allow`;
  if (body.mcp_servers?.length || body.web_search_options)
    return 'vendor-side web search and MCP connectors are not allowed in a trial';
  if (body.background) return 'background responses cannot be metered and are not allowed in a trial';
  if (body.service_tier && !meteredTiers.has(body.service_tier))
    return `the service tier "${body.service_tier.slice(0, 40)}" is not allowed in a trial`;
  return undefined;
}

/** Index of the quote that closes the string opened at `open`; `text` is known to be valid JSON. */
function closingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  for (;;) {
    let backslashes = 0;
    while (text[close - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return close;
    close = text.indexOf('"', close + 1);
  }
}

/** Keys of the outermost object, in order, repeated ones included; `text` is known to be valid JSON. */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let beforeColon = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const close = closingQuote(text, at);
      if (depth === 1) beforeColon = text.slice(at, close + 1);
      at = close;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ':' && depth === 1) keys.push(String(JSON.parse(beforeColon)));
  }
  return keys;
}

/** Vendors may read the first of two equal keys where we read the last: such a body could name two models. */
function hasRepeatedKey(text: string): boolean {
  const keys = topLevelKeys(text);
  return new Set(keys).size < keys.length;
}

/** Tokens vendors add to a call of their own accord, for example to explain tools to the model. */
const vendorPromptTokens = 1024;

/** Names under which a body brings in what is not in it: files, addresses, earlier conversations. */
const reference = /"(?:file_id|file_url|image_url|url|previous_response_id|conversation)"\s*:/;

/** A token has at least one byte. */
function maxInputTokens(text: string): number | undefined {
  return reference.test(text) ? undefined : Buffer.byteLength(text) + vendorPromptTokens;
}

function maxOutputTokens(body: RequestBody): number | undefined {
  const perChoice = body.max_output_tokens ?? body.max_completion_tokens ?? body.max_tokens;
  return perChoice === undefined ? undefined : perChoice * (body.n ?? 1);
}

/**
 * OpenAI streams a chat's usage only on request, and without it the call could not be metered: the one change the
 * gateway makes to a body. Clients skip the extra chunk, whose `choices` is empty.
 */
function withUsage(json: unknown, body: RequestBody): Buffer {
  const streamOptions = { ...body.stream_options, include_usage: true };
  return Buffer.from(JSON.stringify(Object.assign({}, json, { stream_options: streamOptions })));
}

/** Checks a body as far as the gateway must understand it; the vendor checks the rest. */
export function checkBody(endpoint: ModelEndpoint, bytes: Buffer): BodyVerdict {
  const text = bytes.toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'invalid', message: 'the request body is not valid JSON' };
  }
  const { data: body, error } = bodySchema.safeParse(json);
  if (!body) {
    const issue = error.issues[0];
    return { kind: 'invalid', message: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}` };
  }
  if (hasRepeatedKey(text)) return { kind: 'invalid', message: 'the request body repeats a key' };
  const refused = unmetered(body);
  if (refused !== undefined) return { kind: 'invalid', message: refused };
  const streamed = body.stream ?? false;
  const addsUsage =
    endpoint === 'chat-completions' && streamed && body.stream_options?.['include_usage'] !== true;
  return {
    kind: 'accepted',
    request: {
      model: body.model,
      streamed,
      maxOutputTokens: maxOutputTokens(body),
      maxInputTokens: maxInputTokens(text),
      body: addsUsage ? withUsage(json, body) : bytes,
    },
  };
}
