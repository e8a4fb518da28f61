import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { IdSource } from '../../domain/ids.ts';
import { formatModel, type ModelProviderId, type ModelRef } from '../../domain/model.ts';
import type { ModelCallStore } from '../../storage/model-call-store.ts';
import type { Log } from '../../telemetry/log.ts';
import type { GrantRequest, ModelGateway, ModelGrant } from '../model-gateway.ts';
import {
  GrantRevoked,
  ModelCallHandler,
  type GrantedAccess,
  type ProviderAccess,
} from './model-call-handler.ts';
import { presentedToken } from './headers.ts';
import { priceTable } from './prices.ts';
import { TrialAccount } from './trial-account.ts';
import { defaultUpstreamTimeouts, type UpstreamTimeouts } from './upstream.ts';
import { modelRoutes, type ModelRoute } from './wire.ts';
import { refuse } from './refusal.ts';

/** What the gateway is made of. */
export interface ModelGatewayOptions {
  readonly providers: readonly ProviderAccess[];
  readonly modelCalls: ModelCallStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Loopback port; 0 or absent takes a free one. */
  readonly port?: number;
  readonly timeouts?: UpstreamTimeouts;
  /** Largest request body in bytes. */
  readonly maxBodyBytes?: number;
}

/** A gateway that listens; whoever started it must close it. */
export interface RunningModelGateway extends ModelGateway {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Revokes every grant, cuts what is in flight, books it, and stops listening. */
  close(): Promise<void>;
}

/** A million tokens of text are four; larger bodies would hold up everybody while they are read. */
const defaultMaxBodyBytes = 16 * 1024 * 1024;

const missingProvider: Readonly<Record<ModelProviderId, string>> = {
  anthropic: 'Set ANTHROPIC_API_KEY for the service and start it again, or name a model of another provider.',
  openai: 'Set OPENAI_API_KEY for the service and start it again, or name a model of another provider.',
  scripted:
    'The scripted model is for tests and the demo only: name a model such as anthropic/claude-sonnet-4-5.',
};

/** Tokens are looked up by hash, so that the time of a look-up says nothing about a token that exists. */
function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

class LoopbackModelGateway implements RunningModelGateway {
  readonly priceTable = priceTable;
  readonly url: string;
  readonly #options: ModelGatewayOptions;
  readonly #server: Server;
  readonly #calls: ModelCallHandler;
  readonly #grants = new Map<string, GrantedAccess>();

  constructor(options: ModelGatewayOptions, server: Server, url: string) {
    this.#options = options;
    this.#server = server;
    this.url = url;
    this.#calls = new ModelCallHandler({
      ...options,
      timeouts: options.timeouts ?? defaultUpstreamTimeouts,
      maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
    });
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  refusal(model: ModelRef): { readonly reason: string; readonly hint: string } | undefined {
    if (this.#provider(model)) return undefined;
    return {
      reason: `this service has no access to ${model.provider}, which ${formatModel(model)} needs`,
      hint: missingProvider[model.provider],
    };
  }

  grant(request: GrantRequest): ModelGrant {
    const provider = this.#provider(request.model);
    if (!provider) {
      const refusal = this.refusal(request.model);
      throw new ClawBenchError('unsupported', refusal?.reason ?? 'unknown model provider', {
        hint: missingProvider[request.model.provider],
      });
    }
    // The one value that must be unpredictable, so it is not drawn from an injected source.
    const token = `clawbench_model_${randomBytes(32).toString('base64url')}`;
    const hash = tokenHash(token);
    const revocation = new AbortController();
    const onEvent = this.#carefully(request.onEvent);
    const account = new TrialAccount(request, (limit) => onEvent({ type: 'limit-reached', limit }));
    const access: GrantedAccess = {
      request: { ...request, onEvent },
      provider,
      account,
      revocation,
      openCalls: 0,
      upstreamFailed: false,
    };
    this.#grants.set(hash, access);
    return {
      baseUrl: this.url,
      token,
      spend: () => account.spend(),
      limit: () => account.limit(),
      upstreamFailed: () => access.upstreamFailed,
      revoke: () => {
        this.#grants.delete(hash);
        revocation.abort(new GrantRevoked());
      },
    };
  }

  async close(): Promise<void> {
    const grants = [...this.#grants.values()];
    this.#grants.clear();
    for (const grant of grants) grant.revocation.abort(new GrantRevoked());
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#calls.settled();
  }

  #provider(model: ModelRef): ProviderAccess | undefined {
    return this.#options.providers.find((provider) => provider.id === model.provider);
  }

  /** A listener that throws must not keep a call off the books. */
  #carefully(onEvent: GrantRequest['onEvent']): GrantRequest['onEvent'] {
    return (event) => {
      try {
        onEvent(event);
      } catch (error) {
        this.#options.log.error('a trial did not take an event of its model calls', { event, error });
      }
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.log.error('the model gateway failed on a call', { error });
      response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const route: ModelRoute | undefined = modelRoutes.find(({ path }) => path === pathname);
    const wire = route?.wire ?? ('x-api-key' in request.headers ? 'anthropic' : 'openai');
    const token = presentedToken(request.headers);
    const access = token === undefined ? undefined : this.#grants.get(tokenHash(token));
    if (!access)
      return refuse(response, { wire, kind: 'unauthenticated', message: 'unknown or ended token' });
    if (!route || request.method !== 'POST') {
      const message = `the gateway serves POST ${modelRoutes.map(({ path }) => path).join(', ')} only`;
      return refuse(response, { wire, kind: 'no-such-path', message });
    }
    await this.#calls.handle(route, access, { request, response });
  }
}

/** Starts the gateway on loopback. @throws ClawBenchError `unavailable` when the port is taken. */
export async function startModelGateway(options: ModelGatewayOptions): Promise<RunningModelGateway> {
  const server = createServer({ requestTimeout: 120_000 });
  try {
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    throw new ClawBenchError('unavailable', `the model gateway cannot listen on port ${options.port ?? 0}`, {
      hint: 'Free the port or choose another one for the model gateway.',
      cause,
    });
  }
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new ClawBenchError('internal', 'the model gateway has no TCP address');
  return new LoopbackModelGateway(options, server, `http://127.0.0.1:${address.port}`);
}
