import { getRequestListener } from '@hono/node-server';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createGitHubApp, type GitHubApp } from '../github/github-app.ts';
import { webhookPath } from '../github/front-door.ts';
import { createHttpApp } from '../http/http-app.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { systemClock } from './identifiers.ts';
import { startLoop } from './loop.ts';
import { startWorkerLoops } from './worker.ts';
import { productVersion, wireService, type Service, type Surroundings } from './wire.ts';

const publishEveryMs = 1_000;
const inboxEveryMs = 1_000;
/** GitHub is asked to send everything again that was not answered in ten seconds, so a stop must not take longer. */
const stopWithinMs = 10_000;

/** A service that answers. */
export interface RunningService {
  readonly url: string;
  readonly service: Service;
  /** Takes nothing new, ends or hands back what is held, and closes: within ten seconds. */
  stop(): Promise<void>;
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new ClawBenchError('unavailable', `cannot listen on ${host}:${port}`, {
      cause: error,
      hint: 'Another program may use the port; set PORT to a free one.',
    });
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

function connectGitHub(
  surroundings: Surroundings,
  service: Service,
  publicBaseUrl: string | undefined,
): GitHubApp | undefined {
  const { config, credentials, log } = surroundings;
  if (!config.github) return undefined;
  const { deliveries, publications, repositories } = service.stores;
  const app = createGitHubApp({
    appId: config.github.appId,
    privateKey: config.github.privateKey,
    secrets: config.github.webhookSecrets,
    apiBaseUrl: config.github.apiBaseUrl,
    controlPlane: service.parts.controlPlane,
    stores: { deliveries, publications, repositories },
    publicBaseUrl,
    markerKey: credentials.markerKey,
    clock: systemClock,
    log,
  });
  service.publishWith(app.publisher);
  return app;
}

/** Starts web and worker in one process. Rejects, leaving nothing running, when a part cannot start. */
export async function startServing(surroundings: Surroundings): Promise<RunningService> {
  const { config, credentials, log } = surroundings;
  const service = await wireService(surroundings);
  let handle: RequestListener = (_request, response) => response.writeHead(503, { 'Retry-After': '1' }).end();
  const server = createServer((request, response) => handle(request, response));
  const url = await listen(server, config.host, config.port);
  const publicBaseUrl = config.publicBaseUrl ?? url;
  const github = connectGitHub(surroundings, service, publicBaseUrl);
  await github?.checkIdentity();
  await github?.syncRepositories();
  const stopping = new AbortController();
  const app = createHttpApp({
    operations: service.operations,
    operatorToken: credentials.operatorToken,
    publicRuns: true,
    version: productVersion,
    ready: () => service.stores.ping(),
    stopping: stopping.signal,
    clock: systemClock,
    log,
  });
  const pages = getRequestListener(app.fetch);
  handle = (request, response) => {
    if (github && request.url === webhookPath) github.frontDoor(request, response);
    else void pages(request, response);
  };
  const worker = startWorkerLoops(service, log);
  const loops = [
    startLoop({
      name: 'publish',
      everyMs: publishEveryMs,
      log,
      tick: () => service.parts.tickPublish(systemClock.now()),
    }),
  ];
  if (github) {
    loops.push(
      startLoop({
        name: 'inbox',
        everyMs: inboxEveryMs,
        log,
        tick: () => github.tickInbox(systemClock.now()),
      }),
    );
  }
  return {
    url,
    service,
    async stop() {
      server.close();
      stopping.abort();
      await github?.stop();
      await worker.stop(systemClock.now() + stopWithinMs);
      await Promise.all(loops.map((loop) => loop.stop()));
      server.closeAllConnections();
      await service.close();
    },
  };
}
