import { fork } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile, type BenchRow } from './row.ts';

const secret = 'a-secret-for-the-bench-only';
const connections = 32;
const payloadBytes = 20_000;
const seconds = 6;

interface Target {
  readonly port: number;
  stop(): Promise<void>;
}

async function startServer(kind: 'bare' | 'front-door'): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'clawbench-bench-'));
  const child = fork(join(import.meta.dirname, 'webhook-server.ts'), [kind, secret, folder]);
  const [message] = await once(child, 'message');
  return {
    port: Number(message.port),
    async stop() {
      child.disconnect();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

const body = Buffer.from(
  JSON.stringify({ action: 'created', comment: { id: 1, body: 'x'.repeat(payloadBytes) } }),
);
const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const fixedHeaders = {
  'content-type': 'application/json',
  'content-length': body.length,
  'x-github-event': 'issue_comment',
  'x-hub-signature-256': signature,
};

/** Milliseconds until the answer. Rejects unless it is 202. */
function deliver(port: number, agent: Agent): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { ...fixedHeaders, 'x-github-delivery': randomUUID() };
    const sent = request(
      { port, host: '127.0.0.1', agent, method: 'POST', path: '/github/webhooks', headers },
      (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 202) resolve(performance.now() - startedAt);
          else reject(new Error(`answered ${response.statusCode}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function highestRate(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const until = performance.now() + seconds * 1000;
  const counts = await Promise.all(
    Array.from({ length: connections }, async () => {
      let count = 0;
      for (; performance.now() < until; count++) await deliver(port, agent);
      return count;
    }),
  );
  agent.destroy();
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

/** Latencies at a fixed rate; requests start on time whether or not earlier ones were answered. */
async function latenciesAt(port: number, rate: number): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const started = performance.now();
  const pending: Promise<number>[] = [];
  for (let index = 0; index < rate * seconds; index++) {
    await delay(Math.max(0, started + (index * 1000) / rate - performance.now()));
    pending.push(deliver(port, agent));
  }
  const latencies = await Promise.all(pending);
  agent.destroy();
  return latencies;
}

/** Webhook to 202 with a durable inbox row on SQLite, against a bare server that only checks and parses. 20 KB payloads. */
export async function benchWebhooks(): Promise<readonly BenchRow[]> {
  const bare = await startServer('bare');
  const bareRate = await highestRate(bare.port);
  await bare.stop();
  const frontDoor = await startServer('front-door');
  const latencies = await latenciesAt(frontDoor.port, 200);
  const rate = await highestRate(frontDoor.port);
  await frontDoor.stop();
  return [
    { name: 'webhook to 202, 200/s, p50', value: quantile(latencies, 0.5), unit: 'ms' },
    {
      name: 'webhook to 202, 200/s, p99',
      value: quantile(latencies, 0.99),
      unit: 'ms',
      goal: { atMost: 25 },
    },
    {
      name: 'webhooks accepted, highest rate',
      value: rate,
      unit: '/s',
      floor: { name: 'bare node:http, HMAC and JSON', value: bareRate },
      ratio: rate / bareRate,
      goal: { atLeast: 0.5 },
    },
  ];
}
