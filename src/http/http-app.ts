import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import type { ErrorDocument } from '../contract/error.ts';
import type { Clock } from '../domain/clock.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { Operations } from '../operations/operations.ts';
import type { Log } from '../telemetry/log.ts';
import { mountApi } from './api-routes.ts';
import { loadAssets, type Assets } from './assets.ts';
import { createCallerCheck, type AccessOptions } from './callers.ts';
import { answerError } from './error-response.ts';
import type { EventStreamOptions } from './event-stream.ts';
import { openApiDocument } from './openapi.ts';
import { pageLayout, type AssetUrls } from './pages/page-layout.ts';
import { mountPages } from './run-routes.ts';

export interface HttpOptions extends AccessOptions {
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Resolves when the service can do its work; rejects with the reason when it cannot. */
  readonly ready: () => Promise<void>;
  /** Aborted when the service stops, so that open streams end. */
  readonly stopping: AbortSignal;
  readonly streams?: Partial<EventStreamOptions & { readonly maxFollowers: number }>;
}

const maxBodyBytes = 1_000_000;

const defaultStreams = { heartbeatMs: 15_000, stallMs: 30_000, bufferLength: 262_144, maxFollowers: 500 };

/** Headers of every answer. Pages get their style, script and data from this service only, and nothing inline. */
const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/**
 * The service over HTTP: operations under `/v1`, pages under `/runs`, and its health.
 * Other parts of the service may add routes to the app.
 */
export function createHttpApp(options: HttpOptions): Hono {
  const app = new Hono();
  const assets = loadAssets();
  const callerOf = createCallerCheck(options);
  app.use(addHeaders, limitBody);
  mountHealth(app, options);
  mountAssets(app, assets);
  mountApi(app, {
    operations: options.operations,
    callerOf,
    streams: { ...defaultStreams, ...options.streams },
    stopping: options.stopping,
  });
  const document = openApiDocument(options);
  app.get('/v1/openapi.json', (context) => context.json(document));
  mountPages(app, { operations: options.operations, callerOf, clock: options.clock, urls: assets.urls });
  app.notFound((context) =>
    showError(
      context,
      new ClawBenchError('not-found', 'there is nothing at this address', {
        hint: 'The API is described at /v1/openapi.json, runs are listed at /runs.',
      }),
      { log: options.log, urls: assets.urls },
    ),
  );
  app.onError((error, context) => showError(context, error, { log: options.log, urls: assets.urls }));
  return app;
}

const addHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(securityHeaders)) context.header(name, value);
  if (!context.res.headers.has('cache-control')) context.header('Cache-Control', 'no-store');
};

const limitBody = bodyLimit({
  maxSize: maxBodyBytes,
  onError: (context) => {
    const body: ErrorDocument = {
      error: {
        code: 'limit-reached',
        message: 'the body is larger than one megabyte',
        hint: 'Send less in one request.',
      },
    };
    return context.json(body, 413);
  },
});

function mountHealth(app: Hono, { ready, log }: HttpOptions): void {
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    try {
      await ready();
      return context.json({ status: 'ready' });
    } catch (thrown) {
      const error = ClawBenchError.from(thrown);
      log.warn('the service is not ready', { error: error.message });
      return context.json({ status: 'not ready' }, 503);
    }
  });
}

function mountAssets(app: Hono, assets: Assets): void {
  for (const asset of assets.files) {
    app.get(asset.path, (context) =>
      context.body(asset.bytes, 200, {
        'Content-Type': asset.type,
        'Cache-Control': 'public, max-age=31536000, immutable',
      }),
    );
  }
}

/** JSON for programs, a page for people. */
function showError(
  context: Context,
  thrown: unknown,
  { log, urls }: { readonly log: Log; readonly urls: AssetUrls },
): Response | Promise<Response> {
  const { status, document, headers } = answerError(thrown, log);
  const wantsPage = context.req.path.startsWith('/runs');
  if (!wantsPage) return context.json(document, status, headers);
  const { message, hint } = document.error;
  const main = html`<h1>${status}</h1>
    <p>${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint ?? ''}</p>
    <p><a href="/runs">All runs</a></p>`;
  return context.html(
    pageLayout({ title: String(status), assets: urls, refreshSeconds: null, main }),
    status,
    headers,
  );
}
