import { serve } from '@hono/node-server';
import { once } from 'node:events';
import { createToolDesk } from '../../src/control-plane/trial-tools.ts';
import { createHttpApp, type HttpOptions } from '../../src/http/http-app.ts';
import { createOperations } from '../../src/operations/operations.ts';
import { countingIds, KeptControlPlane, KeptLog, KeptToolCalls } from './edge-doubles.ts';
import { sampleClock } from './sample-scope.ts';
import { sampleStart, sampleTrial } from './sample-run.ts';

export const edgeToken = 'operator-token-of-the-tests';

/** The HTTP app over a control plane in memory. */
export function openApp(changes: Partial<HttpOptions> = {}) {
  const controlPlane = new KeptControlPlane();
  const log = new KeptLog();
  const desk = createToolDesk({
    toolCalls: new KeptToolCalls(),
    trials: { get: async () => sampleTrial(0, 'x', 'running'), advance: async () => undefined },
    clock: sampleClock,
    log,
  });
  const stopping = new AbortController();
  const app = createHttpApp({
    operations: createOperations({ controlPlane, desk, ids: countingIds() }),
    clock: { now: () => sampleStart + 42_000 },
    log,
    version: '0.0.0',
    ready: async () => undefined,
    stopping: stopping.signal,
    operatorToken: edgeToken,
    publicRuns: true,
    ...changes,
  });
  return { app, controlPlane, log, stopping };
}

/** The same app on a free port of this machine; closed, with every connection, by `await using`. */
export async function openServer(changes: Partial<HttpOptions> = {}) {
  const world = openApp(changes);
  const server = serve({ fetch: world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  return {
    ...world,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      world.stopping.abort();
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
