import { mkdir, rm, chmod } from 'node:fs/promises';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { ClawBenchError } from '../../domain/errors.ts';
import type { SandboxEndpoint } from '../sandbox.ts';

/** Connections one sandbox may hold open to one endpoint. */
const maxConnections = 64;

/** Longest path of a unix socket, `sun_path` of Linux without its final NUL. */
const longestSocketPath = 107;

interface NetworkParts {
  /** Host directory of the sockets, null when the sandbox reaches nothing. */
  readonly directory: string | null;
  /** Takes the container off the network it was started on, when it was on one. */
  readonly disconnect: ((containerId: string) => Promise<void>) | null;
}

/**
 * What one sandbox can reach outside: unix sockets in a directory it is given read-only, each carried to one endpoint of
 * this host. There is no network interface but loopback, so no other port, host or neighbour exists for it.
 */
export class SandboxNetwork {
  readonly #parts: NetworkParts;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** Makes the directory; nothing is served yet. */
  async prepare(): Promise<void> {
    if (this.#parts.directory === null) return;
    await mkdir(this.#parts.directory, { recursive: true, mode: 0o755 });
    await chmod(this.#parts.directory, 0o755);
  }

  /** @throws ClawBenchError `invalid-input` for a target that is not a loopback address of this host. */
  async serve(endpoint: SandboxEndpoint): Promise<void> {
    const { host, port } = loopbackTarget(endpoint.target);
    await this.serveWith(endpoint.port, (client) => {
      const upstream = connect(port, host);
      this.#track(upstream);
      joinSockets(client, upstream);
    });
  }

  /** Hands every connection to the sandbox's loopback port to `accept`, which must handle its errors. */
  async serveWith(port: number, accept: (client: Socket) => void): Promise<void> {
    if (this.#parts.directory === null) throw new ClawBenchError('internal', 'this sandbox has no sockets');
    const path = join(this.#parts.directory, `${port}.sock`);
    if (Buffer.byteLength(path) > longestSocketPath)
      throw new ClawBenchError('invalid-input', `the socket path ${path} is too long for this system`, {
        hint: 'Choose a shorter runtime directory.',
      });
    const server = createServer({ noDelay: true }, (client) => {
      this.#track(client);
      accept(client);
    });
    server.maxConnections = maxConnections;
    this.#servers.push(server);
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(path, listening.resolve);
    await listening.promise;
    // Connecting needs permission to write to the socket, and the sandbox's user is not ours.
    await chmod(path, 0o666);
  }

  /** Ends all that the sandbox could reach; its container must not run. */
  async cut(containerId: string): Promise<void> {
    await this.#parts.disconnect?.(containerId);
    this.#stopServing();
  }

  /** Ends everything and leaves nothing on this host. */
  async close(): Promise<void> {
    this.#stopServing();
    if (this.#parts.directory !== null) await rm(this.#parts.directory, { recursive: true, force: true });
  }

  #stopServing(): void {
    for (const server of this.#servers) server.close();
    this.#servers.length = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Carries bytes both ways, with back-pressure; either end closing closes the other. */
export function joinSockets(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  one.pipe(other);
  other.pipe(one);
}

function loopbackTarget(target: string): { readonly host: string; readonly port: number } {
  const url = URL.canParse(target) ? new URL(target) : null;
  const port = Number(url?.port);
  if (url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) && port > 0)
    return { host: url.hostname.replaceAll(/[[\]]/g, ''), port };
  throw new ClawBenchError('invalid-input', `"${target}" is not an address on this host`, {
    hint: 'Endpoints of a sandbox are http://127.0.0.1:PORT.',
  });
}
