import type { MicroUsd } from '../../../domain/money.ts';

/** `42s`, `12m`, `1h 05m`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** `2.9s`, `41s`, `4.2m`, `75m`: how tables show the time of a trial. */
export function formatTrialTime(ms: number): string {
  const [amount, unit] = ms < 60_000 ? [ms / 1000, 's'] : [ms / 60_000, 'm'];
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)}${unit}`;
}

/** `0¢`, `0.4¢`, `38¢`, `120¢`; a dash where the price of a model is not known. */
export function formatCents(cost: MicroUsd | null): string {
  if (cost === null) return '–';
  const cents = cost / 10_000;
  return cents === 0 || cents >= 1 ? `${Math.round(cents)}¢` : `${cents.toFixed(1)}¢`;
}

/** `91.7 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `1 run`, `3 runs`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
