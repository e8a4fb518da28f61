import { calcPrice } from '@pydantic/genai-prices';
import type { ModelRef } from '../../domain/model.ts';
import { microUsd, type MicroUsd } from '../../domain/money.ts';
import type { Timestamp } from '../../domain/clock.ts';
import type { BilledUsage } from './vendor-usage.ts';

/** The bundled table and the day its data is from; a test holds the version to the installed package. */
export const priceTable = '@pydantic/genai-prices 0.1.8 (2026-09-23)';

/**
 * What a call cost by the price table, or null for a model it does not know: never a guess.
 * The scripted model is nobody's product and costs nothing.
 */
export function costOf(model: ModelRef, usage: BilledUsage, at: Timestamp): MicroUsd | null {
  if (model.provider === 'scripted') return 0;
  const price = calcPrice(
    {
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      cache_write_1h_tokens: usage.longCacheWriteTokens,
      output_tokens: usage.outputTokens,
    },
    model.id,
    { providerId: model.provider, timestamp: new Date(at) },
  );
  return price === null ? null : microUsd(price.total_price);
}
