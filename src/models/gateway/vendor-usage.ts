import { z } from 'zod';
import type { ModelUsage } from '../../domain/model.ts';

/**
 * Tokens of one call at the detail money is counted with. `inputTokens` is the whole input: fresh, read from the
 * vendor's cache (`cachedInputTokens`) and written to it (`cacheWriteTokens`, of which `longCacheWriteTokens` for an hour).
 */
export interface BilledUsage extends ModelUsage {
  readonly cacheWriteTokens: number;
  readonly longCacheWriteTokens: number;
}

const count = z.number().int().nonnegative().max(1e12);
const optionalCount = count.nullish().transform((value) => value ?? undefined);

/** What a vendor said of a call's tokens, field by field; a streamed call says it in parts. */
const anthropicUsage = z.object({
  input_tokens: optionalCount,
  output_tokens: optionalCount,
  cache_read_input_tokens: optionalCount,
  cache_creation_input_tokens: optionalCount,
  cache_creation: z.object({ ephemeral_1h_input_tokens: optionalCount }).nullish(),
});

export type AnthropicUsage = z.infer<typeof anthropicUsage>;

/** One server-sent event of `POST /v1/messages`, or its JSON answer; only what the meter needs. */
export const anthropicMessage = z.object({
  type: z.string(),
  usage: anthropicUsage.nullish(),
  message: z.object({ usage: anthropicUsage.nullish() }).nullish(),
});

const chatUsage = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: optionalCount }).nullish(),
  })
  .transform((usage): BilledUsage => ({
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: Math.min(usage.prompt_tokens_details?.cached_tokens ?? 0, usage.prompt_tokens),
    outputTokens: usage.completion_tokens,
    cacheWriteTokens: 0,
    longCacheWriteTokens: 0,
  }));

/** One chunk of `POST /v1/chat/completions`, or its JSON answer. */
export const chatCompletion = z.object({ usage: chatUsage.nullish(), error: z.unknown().optional() });

const responsesUsage = z
  .object({
    input_tokens: count,
    output_tokens: count,
    input_tokens_details: z.object({ cached_tokens: optionalCount }).nullish(),
  })
  .transform((usage): BilledUsage => ({
    inputTokens: usage.input_tokens,
    cachedInputTokens: Math.min(usage.input_tokens_details?.cached_tokens ?? 0, usage.input_tokens),
    outputTokens: usage.output_tokens,
    cacheWriteTokens: 0,
    longCacheWriteTokens: 0,
  }));

/** The JSON answer of `POST /v1/responses`. */
export const responsesResponse = z.object({ usage: responsesUsage.nullish() });

/** One server-sent event of `POST /v1/responses`. */
export const responsesEvent = z.object({ type: z.string(), response: responsesResponse.nullish() });

/** The parts of an Anthropic usage put together: a later part replaces the same field of an earlier one. */
export function mergeAnthropicUsage(earlier: Partial<AnthropicUsage>, later: AnthropicUsage): AnthropicUsage {
  return {
    input_tokens: later.input_tokens ?? earlier.input_tokens,
    output_tokens: later.output_tokens ?? earlier.output_tokens,
    cache_read_input_tokens: later.cache_read_input_tokens ?? earlier.cache_read_input_tokens,
    cache_creation_input_tokens: later.cache_creation_input_tokens ?? earlier.cache_creation_input_tokens,
    cache_creation: later.cache_creation ?? earlier.cache_creation,
  };
}

/** Anthropic counts cached input beside `input_tokens`; the sum is what went in. */
export function billedAnthropicUsage(usage: Partial<AnthropicUsage>): BilledUsage {
  const read = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (usage.input_tokens ?? 0) + read + written,
    cachedInputTokens: read,
    outputTokens: usage.output_tokens ?? 0,
    cacheWriteTokens: written,
    longCacheWriteTokens: Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, written),
  };
}
