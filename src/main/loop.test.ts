import { expect, test, vi } from 'vitest';
import type { Log } from '../telemetry/log.ts';
import { startLoop } from './loop.ts';
import { silentLog } from './pino-log.ts';

function gate(): { readonly wait: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: promise, open: resolve };
}

test('ticks at once, then again after the interval, and never two at a time', async () => {
  vi.useFakeTimers();
  let running = 0;
  let most = 0;
  let ticks = 0;
  const loop = startLoop({
    name: 'test',
    everyMs: 100,
    log: silentLog,
    tick: async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      ticks++;
    },
  });
  await vi.advanceTimersByTimeAsync(350);
  loop.nudge();
  loop.nudge();
  await vi.advanceTimersByTimeAsync(0);
  await loop.stop();
  expect({ most, ticks }).toEqual({ most: 1, ticks: 6 });
  vi.useRealTimers();
});

test('a nudge during a tick is not lost', async () => {
  const first = gate();
  const second = gate();
  let ticks = 0;
  const loop = startLoop({
    name: 'test',
    everyMs: 3_600_000,
    log: silentLog,
    tick: async () => {
      ticks++;
      if (ticks === 1) await first.wait;
      else second.open();
    },
  });
  loop.nudge();
  first.open();
  await second.wait;
  await loop.stop();
  expect(ticks).toBe(2);
});

test('a tick that throws is logged, and the loop goes on', async () => {
  const logged: unknown[] = [];
  const log: Log = { ...silentLog, error: (_message, fields) => logged.push(fields?.['loop']) };
  const recovered = gate();
  let ticks = 0;
  const loop = startLoop({
    name: 'fragile',
    everyMs: 1,
    log,
    tick: async () => {
      if (++ticks === 1) throw new Error('first time');
      recovered.open();
    },
  });
  await recovered.wait;
  await loop.stop();
  expect(logged).toEqual(['fragile']);
});

test('stop waits for the tick under way', async () => {
  const started = gate();
  const hold = gate();
  let ended = false;
  const loop = startLoop({
    name: 'test',
    everyMs: 1,
    log: silentLog,
    tick: async () => {
      started.open();
      await hold.wait;
      ended = true;
    },
  });
  await started.wait;
  const stopped = loop.stop();
  hold.open();
  await stopped;
  expect(ended).toBe(true);
});
