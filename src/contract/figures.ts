import { formatUsd } from '../domain/money.ts';
import type { ResultDocument, SpendDocument } from './result.ts';

/** `35 ms`, `1.4 s`, `12 s`, `3 m 05 s`, `2 h 10 m`: milliseconds as people say them. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 995) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** `812`, `18.5 k`, `1.2 M`. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${(count / 1_000).toFixed(count < 99_950 ? 1 : 0)} k`;
  return `${(count / 1_000_000).toFixed(1)} M`;
}

/** `18.5 k in, 1.3 k out`. */
export function formatTokens(spend: SpendDocument): string {
  return `${formatCount(spend.inputTokens)} in, ${formatCount(spend.outputTokens)} out`;
}

/** `$0.04`, or `unknown` when no price is known for the model. */
export function formatCost(costMicroUsd: number | null): string {
  return costMicroUsd === null ? 'unknown' : formatUsd(costMicroUsd);
}

/** `60 %`; tenths where they say something. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return Number.isInteger(percent) || percent >= 99.95 || percent < 0.05
    ? `${Math.round(percent)} %`
    : `${percent.toFixed(1)} %`;
}

/** `60 % (95 % interval 23.1 % to 88.2 %)`, or why there is no number. */
export function formatScore({ score }: ResultDocument): string {
  if (score.mean === null) return 'no trial was graded';
  if (score.interval === null) return formatShare(score.mean);
  const { low, high } = score.interval;
  return `${formatShare(score.mean)} (95 % interval ${formatShare(low)} to ${formatShare(high)})`;
}
