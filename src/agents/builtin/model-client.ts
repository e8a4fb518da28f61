import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel, ModelMessage, SystemModelMessage } from 'ai';
import { wireOf } from '../../domain/model.ts';
import type { ModelAccess } from '../agent-driver.ts';

/** The model behind the gateway, in the wire format of its provider. */
export function languageModel({ baseUrl, model, token }: ModelAccess): LanguageModel {
  const settings = { baseURL: `${baseUrl}/v1`, apiKey: token };
  return wireOf[model.provider] === 'anthropic'
    ? createAnthropic(settings)(model.id)
    : createOpenAI(settings)(model.id);
}

/**
 * Output tokens of one answer, thinking included, where the vendor demands a maximum (Anthropic); lowered by the client
 * for models it knows to take less.
 */
export function maxOutputTokens({ model }: ModelAccess): number | undefined {
  return wireOf[model.provider] === 'anthropic' ? 32_000 : undefined;
}

/** Nothing of a trial is kept at the vendor: the whole conversation goes with each call. */
export const providerOptions = { openai: { store: false } };

const cacheHere = { anthropic: { cacheControl: { type: 'ephemeral' } } };

/** Anthropic caches a prompt only up to marks: one after the system prompt, one after the last message. */
export function withCacheMarks(
  instructions: string,
  messages: readonly ModelMessage[],
): { readonly instructions: SystemModelMessage; readonly messages: ModelMessage[] } {
  const last = messages.at(-1);
  return {
    instructions: { role: 'system', content: instructions, providerOptions: cacheHere },
    messages: last ? [...messages.slice(0, -1), { ...last, providerOptions: cacheHere }] : [],
  };
}
