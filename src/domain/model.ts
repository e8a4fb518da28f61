import type { MicroUsd } from './money.ts';

/** Model providers the gateway can reach. `scripted` replays a fixed script: for tests and the demo only. */
export const modelProviderIds = ['anthropic', 'openai', 'scripted'] as const;

export type ModelProviderId = (typeof modelProviderIds)[number];

/** Wire format models are called in: Anthropic's Messages, or OpenAI's Chat Completions and Responses. */
export type ModelWire = 'anthropic' | 'openai';

/** The wire format a provider's models are called in; gateway and agents agree on it here. */
export const wireOf: Readonly<Record<ModelProviderId, ModelWire>> = {
  anthropic: 'anthropic',
  openai: 'openai',
  scripted: 'anthropic',
};

/** One model of one provider, as requested; `anthropic/claude-sonnet-4-5`. */
export interface ModelRef {
  readonly provider: ModelProviderId;
  readonly id: string;
}

export function formatModel(model: ModelRef): string {
  return `${model.provider}/${model.id}`;
}

/** `undefined` when `text` is not `provider/id` with a known provider. */
export function parseModel(text: string): ModelRef | undefined {
  const slash = text.indexOf('/');
  const provider = modelProviderIds.find((id) => id === text.slice(0, slash));
  const id = text.slice(slash + 1);
  return provider && /^[\w.:/@-]{1,100}$/.test(id) ? { provider, id } : undefined;
}

/** Tokens as the vendors bill them; `inputTokens` includes the cached ones. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** What one or many model calls used and cost. `cost` is null when no price is known for the model. */
export interface ModelSpend extends ModelUsage {
  readonly calls: number;
  readonly cost: MicroUsd | null;
}

export const noSpend: ModelSpend = {
  calls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  cost: 0,
};

/** Sum of two spends; an unknown cost makes the sum unknown. */
export function addSpend(a: ModelSpend, b: ModelSpend): ModelSpend {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cost: a.cost === null || b.cost === null ? null : a.cost + b.cost,
  };
}
