import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Log } from '../../telemetry/log.ts';
import { egressRefusal, type EgressTarget, isPublicAddress, normaliseHost } from './egress-policy.ts';
import { joinSockets } from './sandbox-network.ts';

/** Longest wait for a name or a connection. */
const connectTimeoutMs = 10_000;

/** A connection without a byte for this long is closed. */
const idleTimeoutMs = 120_000;

const maxRequestsPerConnection = 1_000;

export interface EgressProxyOptions {
  /** See `egressRefusal`. */
  readonly allowedHosts: readonly string[];
  /** All addresses of a host name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly connect: (address: string, port: number) => Socket;
  readonly log: Log;
}

type Decision = { readonly address: string } | { readonly refusal: string };

/**
 * The one way out of a sandbox with an allowlist: an HTTP proxy (CONNECT for TLS, absolute URLs for plain HTTP) that goes to
 * the listed hosts only, and only to public addresses. The address that was checked is the one connected to, so a name that
 * changes its mind gains nothing. Every decision is logged.
 */
export class EgressProxy {
  readonly #options: EgressProxyOptions;
  readonly #server: Server;

  constructor(options: EgressProxyOptions) {
    this.#options = options;
    this.#server = createServer({ headersTimeout: connectTimeoutMs }, (request, response) => {
      void this.#forward(request, response);
    });
    this.#server.maxRequestsPerSocket = maxRequestsPerConnection;
    this.#server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
      void this.#tunnel(request, client, head);
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Serves one connection from inside. */
  accept(client: Socket): void {
    client.on('error', () => client.destroy());
    client.setTimeout(idleTimeoutMs, () => client.destroy());
    this.#server.emit('connection', client);
  }

  async #tunnel(request: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    const target = targetOf(`http://${request.url ?? ''}`, 443);
    const decision = await this.#decide(target, 'CONNECT');
    if ('refusal' in decision) {
      client.end(
        `HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nx-clawbench-refused: ${decision.refusal}\r\n\r\n`,
      );
      return;
    }
    const upstream = this.#connect(decision.address, target?.port ?? 443);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
    });
    joinSockets(client, upstream);
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = targetOf(request.url ?? '', 80);
    const decision = await this.#decide(target, request.method ?? '');
    if ('refusal' in decision) {
      response.writeHead(403, { 'x-clawbench-refused': decision.refusal }).end();
      return;
    }
    const url = new URL(request.url ?? '');
    const onward = httpRequest({
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...endToEndHeaders(request), host: url.host },
      createConnection: () => this.#connect(decision.address, target?.port ?? 80),
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer));
      answer.pipe(response);
    });
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  async #decide(target: EgressTarget | null, method: string): Promise<Decision> {
    const decision = target ? await this.#addressOf(target) : { refusal: 'malformed' };
    const fields = { method: method.slice(0, 20), host: target?.host.slice(0, 253), port: target?.port };
    if ('refusal' in decision)
      this.#options.log.warn('egress refused', { ...fields, reason: decision.refusal });
    else this.#options.log.info('egress allowed', { ...fields, address: decision.address });
    return decision;
  }

  async #addressOf(target: EgressTarget): Promise<Decision> {
    const refusal = egressRefusal(target, this.#options.allowedHosts);
    if (refusal !== null) return { refusal };
    const host = normaliseHost(target.host);
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host];
    const [address] = addresses;
    if (address === undefined) return { refusal: 'unresolved' };
    return addresses.every(isPublicAddress) ? { address } : { refusal: 'private-address' };
  }

  async #resolve(host: string): Promise<readonly string[]> {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const timer = setTimeout(() => resolve([]), connectTimeoutMs);
    this.#options.resolve(host).then(resolve, () => resolve([]));
    const addresses = await promise;
    clearTimeout(timer);
    return addresses;
  }

  #connect(address: string, port: number): Socket {
    const upstream = this.#options.connect(address, port);
    const timer = setTimeout(() => upstream.destroy(new Error('connecting took too long')), connectTimeoutMs);
    upstream.once('connect', () => clearTimeout(timer));
    upstream.once('close', () => clearTimeout(timer));
    upstream.setTimeout(idleTimeoutMs, () => upstream.destroy());
    return upstream;
  }
}

/** Null for anything but a plain http URL or `host:port`. */
function targetOf(text: string, defaultPort: number): EgressTarget | null {
  if (!text.startsWith('http://') || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.hostname === '' || url.username !== '' || url.password !== '') return null;
  // The URL parser drops a port that is the scheme's own.
  const port = url.port === '' ? (/:80\/?$/.test(text) ? 80 : defaultPort) : Number(url.port);
  return { host: url.hostname, port };
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function endToEndHeaders(message: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(message.headersDistinct).flatMap(([name, values]) =>
      hopByHop.has(name) || values === undefined ? [] : [[name, values]],
    ),
  );
}
