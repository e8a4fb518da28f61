/**
 * Money in millionths of a US dollar, a whole number: sums of thousands of model calls stay exact,
 * and a cap is compared without rounding.
 */
export type MicroUsd = number;

/** Dollars (as a person or a price table writes them) to the nearest {@link MicroUsd}. */
export function microUsd(dollars: number): MicroUsd {
  return Math.round(dollars * 1_000_000);
}

/** `<$0.0001`, `$0.0042`, `$1.84`, `$120.00`: at least two digits that say something, never scientific notation. */
export function formatUsd(amount: MicroUsd): string {
  const dollars = amount / 1_000_000;
  if (amount === 0) return '$0.00';
  if (Math.abs(dollars) < 0.0001) return '<$0.0001';
  if (Math.abs(dollars) < 0.01) return `$${dollars.toFixed(4)}`;
  return `$${dollars.toFixed(2)}`;
}
