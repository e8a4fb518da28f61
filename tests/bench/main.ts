import type { BenchRow } from './row.ts';
import { benchSandboxes } from './sandbox.bench.ts';
import { benchStorage } from './storage.bench.ts';
import { benchWebhooks } from './webhook.bench.ts';

const benches: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  sandboxes: benchSandboxes,
  webhooks: benchWebhooks,
  storage: benchStorage,
};

function meets(row: BenchRow): string {
  if (!row.goal) return '';
  const measured = row.ratio ?? row.value;
  const met = 'atMost' in row.goal ? measured <= row.goal.atMost : measured >= row.goal.atLeast;
  const goal = 'atMost' in row.goal ? `≤ ${row.goal.atMost}` : `≥ ${row.goal.atLeast}`;
  return `${met ? '✔' : '✘'} goal ${goal}${row.ratio === undefined ? ` ${row.unit}` : ' ×'}`;
}

function describeRow(row: BenchRow): string {
  const value = `${row.value.toFixed(row.value < 100 ? 2 : 0)} ${row.unit}`;
  const floor = row.floor
    ? `${(row.ratio ?? row.value / row.floor.value).toFixed(2)} × ${row.floor.name} (${row.floor.value.toFixed(row.floor.value < 100 ? 2 : 0)} ${row.unit})`
    : '';
  return `  ${row.name.padEnd(44)} ${value.padStart(14)}   ${floor.padEnd(64)} ${meets(row)}`.trimEnd();
}

const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`${name} …\n`);
  for (const row of await bench()) process.stdout.write(`${describeRow(row)}\n`);
}
