import { serve } from '@hono/node-server';
import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { apiPath, githubApi } from './api.ts';
import { changeFeed } from './changes.ts';
import type { ApiExchange } from './exchange.ts';
import { faultBox } from './faults.ts';
import { WebhookSender } from './hooks/webhook-sender.ts';
import type { Hub } from './hub.ts';
import { githubRateLimits, rateMeter, type RateLimits } from './rate-limits.ts';
import { isPagePath, threadPages } from './page/page-routes.ts';
import { addApp } from './resources/accounts.ts';
import { emptyState, type AppPermissions } from './state.ts';
import { SimulatorWorld } from './world.ts';

/** How to start a local GitHub. */
export interface SimulatorOptions {
  readonly clock: Clock;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** The app under test; without `publicKeyPem` a key is made and its private half returned. */
  readonly app?: {
    readonly id?: number;
    readonly slug?: string;
    readonly owner?: string;
    readonly publicKeyPem?: string;
    readonly permissions?: AppPermissions;
    readonly events?: readonly string[];
  };
  /** May also be set later with `world.setWebhook`. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  /** GitHub's is ten seconds. */
  readonly webhookDeadlineMilliseconds?: number;
  readonly rateLimits?: Partial<RateLimits>;
  /** Source of GUIDs and tokens. */
  readonly uuid?: () => string;
}

export interface GitHubSimulator {
  /** Root of the pages for people; REST is served here too. */
  readonly url: string;
  /** Root of REST, as on a GitHub Enterprise server. */
  readonly apiUrl: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    /** Null when the key was brought along. */
    readonly privateKeyPem: string | null;
  };
  readonly world: SimulatorWorld;
  /** Calls `observer` with every API request and its answer from now on. */
  observe(observer: (exchange: ApiExchange) => void): void;
  /** Stops serving; requests and deliveries under way end. */
  close(): Promise<void>;
}

const defaultPermissions: AppPermissions = {
  metadata: 'read',
  contents: 'read',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
};

const defaultEvents = ['issue_comment', 'issues', 'pull_request', 'push', 'check_run', 'check_suite'];

/** Starts a GitHub on the loopback interface, with one app and nothing else. */
export async function startSimulator(options: SimulatorOptions): Promise<GitHubSimulator> {
  let origin = '';
  const base = {
    state: emptyState(),
    clock: options.clock,
    changes: changeFeed(),
    uuid: options.uuid ?? randomUUID,
    links: {
      api: (path: string) => `${origin}/api/v3${path}`,
      html: (path: string) => `${origin}${path}`,
    },
  };
  const sender = new WebhookSender(base, () => app, options.webhookDeadlineMilliseconds ?? 10_000);
  const hub: Hub = { ...base, emit: (event) => sender.emit(event) };
  const app = addApp(hub, {
    id: options.app?.id ?? 314_159,
    slug: options.app?.slug ?? 'clawbench',
    ownerLogin: options.app?.owner ?? 'clawbench-maintainers',
    permissions: options.app?.permissions ?? defaultPermissions,
    events: options.app?.events ?? defaultEvents,
  });
  const keys = keysOf(options.app?.publicKeyPem);
  const faults = faultBox();
  const observers = new Set<(exchange: ApiExchange) => void>();
  const api = githubApi({
    hub,
    identity: { app, publicKey: createPublicKey(keys.publicKeyPem) },
    sender,
    faults,
    meter: rateMeter(options.clock, { ...githubRateLimits, ...options.rateLimits }),
    observe: (exchange) => {
      for (const observer of observers) observer(exchange);
    },
  });
  const world = new SimulatorWorld(hub, app, sender, faults);
  if (options.webhookUrl !== undefined) {
    world.setWebhook(options.webhookUrl, options.webhookSecret ?? '');
  }
  const pages = threadPages(hub, world);
  const server = await listen(options.port ?? 0, (request, bindings) =>
    isPagePath(apiPath(request)) ? pages.fetch(request, bindings) : api.fetch(request, bindings),
  );
  origin = server.origin;
  return {
    url: origin,
    apiUrl: `${origin}/api/v3`,
    app: { id: app.id, slug: app.slug, privateKeyPem: keys.privateKeyPem },
    world,
    observe: (observer) => void observers.add(observer),
    close: async () => {
      faults.releaseAll();
      await sender.close();
      await server.close();
    },
  };
}

function keysOf(publicKeyPem: string | undefined) {
  if (publicKeyPem !== undefined) return { publicKeyPem, privateKeyPem: null };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { publicKeyPem: publicKey, privateKeyPem: privateKey };
}

function listen(
  port: number,
  fetch: (request: Request, bindings: object) => Response | Promise<Response>,
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (address) => {
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          if ('closeAllConnections' in server) server.closeAllConnections();
        });
      resolve({ origin: `http://127.0.0.1:${address.port}`, close });
    });
    server.on('error', reject);
  });
}
