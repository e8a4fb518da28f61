/** One figure of the bench. A figure with a floor is also a ratio, measured against it in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  /** `ms`, `/s`, `×` … */
  readonly unit: string;
  /** What the value is compared with. */
  readonly floor?: { readonly name: string; readonly value: number };
  readonly ratio?: number;
  /** What we want: a bound on the ratio where there is one, else on the value. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between the closest ranks; `values` need not be sorted. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}
