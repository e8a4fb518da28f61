import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { authenticate, type KnownApp } from './authentication.ts';
import {
  apiError,
  notFound,
  type ApiCaller,
  type ApiContext,
  type ApiEnvironment,
  type ApiExchange,
} from './exchange.ts';
import type { FaultBox, Strike } from './faults.ts';
import type { WebhookSender } from './hooks/webhook-sender.ts';
import type { Hub } from './hub.ts';
import type { RateMeter } from './rate-limits.ts';
import { appRoutes, tokenRoutes } from './routes/app-routes.ts';
import { checkRunRoutes, checkSuiteRoutes } from './routes/check-routes.ts';
import { deliveryRoutes } from './routes/delivery-routes.ts';
import { graphqlRoutes } from './routes/graphql-routes.ts';
import { issueRoutes } from './routes/issue-routes.ts';
import { reactionRoutes } from './routes/reaction-routes.ts';
import { repositoryRoutes } from './routes/repository-routes.ts';

/** What the API is made of. */
export interface ApiParts {
  readonly hub: Hub;
  readonly identity: KnownApp;
  readonly sender: WebhookSender;
  readonly faults: FaultBox;
  readonly meter: RateMeter;
  readonly observe: (exchange: ApiExchange) => void;
}

const largestBody = 10 * 1024 * 1024;

/** GitHub's REST and GraphQL API, to be served at the root; `/api/v3` is taken off before. */
export function githubApi(parts: ApiParts): Hono<ApiEnvironment> {
  const { hub, identity, sender, meter } = parts;
  const api = new Hono<ApiEnvironment>({ getPath: apiPath });
  api.onError((error, context) => answerError(context, error));
  api.notFound((context) => answerError(context, notFound()));
  api.use(
    bodyLimit({ maxSize: largestBody, onError: () => apiError(413, 'Payload Too Large').getResponse() }),
  );
  api.use(recorder(parts));
  api.use(faulty(parts.faults));
  api.use(async (context, next) => {
    context.set('caller', authenticate(hub, identity, context.req.header('authorization')));
    meterRequest(context, meter);
    await next();
    await tagged(context, meter);
  });
  api.get('/rate_limit', (context) => {
    const core = meter.standing(meterKey(context.get('caller')));
    return context.json({ resources: { core, graphql: core, search: core }, rate: core });
  });
  appRoutes(api, hub, identity);
  tokenRoutes(api, hub);
  deliveryRoutes(api, hub, sender);
  repositoryRoutes(api, hub);
  issueRoutes(api, hub);
  reactionRoutes(api, hub);
  checkRunRoutes(api, hub);
  checkSuiteRoutes(api, hub);
  graphqlRoutes(api, hub);
  return api;
}

/** Headers that every answer has, and a record of the exchange for whoever observes. */
function recorder({ hub, observe }: ApiParts) {
  return async (context: ApiContext, next: () => Promise<void>) => {
    const requestBody = parseOrText(await context.req.text());
    const requestId = hub.uuid().replaceAll('-', ':').toUpperCase();
    context.set('requestId', requestId);
    await next();
    context.header('x-github-request-id', requestId);
    context.header('x-github-media-type', 'github.v3; format=json');
    context.header(
      'x-github-api-version-selected',
      context.req.header('x-github-api-version') ?? '2022-11-28',
    );
    context.header('server', 'github.com');
    context.header('date', new Date(hub.clock.now()).toUTCString());
    observe({
      method: context.req.method,
      path: context.req.path,
      query: context.req.query(),
      requestBody,
      status: context.res.status,
      responseHeaders: Object.fromEntries(context.res.headers),
      responseBody: parseOrText(await context.res.clone().text()),
    });
  };
}

function parseOrText(text: string): unknown {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

function faulty(faults: FaultBox) {
  return async (context: ApiContext, next: () => Promise<void>) => {
    const strike = faults.strike(context.req.method, context.req.path);
    if (strike) await suffer(context, strike, 'before');
    await next();
    if (strike) await suffer(context, strike, 'after');
  };
}

async function suffer(
  context: ApiContext,
  { effect, released }: Strike,
  when: 'before' | 'after',
): Promise<void> {
  if (effect.kind === 'hold' && effect.when === when) await released;
  if (effect.kind === 'drop' && effect.when === when) {
    context.env.outgoing.destroy();
    throw apiError(500, 'Server Error');
  }
  if (when === 'after') return;
  if (effect.kind === 'status') throw apiError(effect.status, 'Server Error');
  if (effect.kind === 'secondary-limit') throw secondaryLimit(effect.status, effect.retryAfterSeconds);
}

function secondaryLimit(status: 403 | 429, retryAfterSeconds: number): HTTPException {
  const error = apiError(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  );
  error.res?.headers.set('retry-after', String(retryAfterSeconds));
  return error;
}

function meterKey(caller: ApiCaller): string {
  if (caller.kind === 'anonymous') return 'anonymous';
  if (caller.kind === 'app') return `app ${caller.app.id}`;
  return `installation ${caller.token.installation.id}`;
}

const contentPath = /\/(?:comments|check-runs)$/;

function meterRequest(context: ApiContext, meter: RateMeter): void {
  const key = meterKey(context.get('caller'));
  const isFree = context.req.path === '/rate_limit';
  if (!isFree && !meter.spend(key)) {
    setRateHeaders(context, meter, key);
    throw apiError(403, `API rate limit exceeded for ${key}.`);
  }
  setRateHeaders(context, meter, key);
  if (context.req.method !== 'POST' || !contentPath.test(context.req.path)) return;
  const wait = meter.spendContent(key);
  if (wait > 0) throw secondaryLimit(403, wait);
}

function setRateHeaders(context: ApiContext, meter: RateMeter, key: string): void {
  for (const [name, value] of Object.entries(meter.standing(key))) {
    context.header(`x-ratelimit-${name}`, String(value));
  }
  context.header('x-ratelimit-resource', context.req.path.endsWith('graphql') ? 'graphql' : 'core');
}

/** Gives a successful read an entity tag, and answers 304, for free, to whoever has that version. */
async function tagged(context: ApiContext, meter: RateMeter): Promise<void> {
  if (context.req.method !== 'GET' || context.res.status !== 200) return;
  const body = await context.res.clone().text();
  const tag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
  context.header('etag', tag);
  context.header('cache-control', 'private, max-age=60, s-maxage=60');
  if (context.req.header('if-none-match') !== tag) return;
  meter.refund(meterKey(context.get('caller')));
  const headers = new Headers(context.res.headers);
  headers.delete('content-type');
  context.res = new Response(null, { status: 304, headers });
}

function answerError(context: ApiContext, error: Error): Response {
  const response =
    error instanceof HTTPException
      ? error.getResponse()
      : apiError(500, `The simulator failed: ${error.message}`).getResponse();
  const headers = new Headers(context.res.headers);
  for (const [name, value] of response.headers) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

/** A request's path without the prefix of an Enterprise server. */
export function apiPath(request: Request): string {
  return new URL(request.url).pathname.replace(/^\/api\/v3(?=\/)/, '');
}
