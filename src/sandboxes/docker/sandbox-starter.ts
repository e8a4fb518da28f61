import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { requireExportable } from '../file-paths.ts';
import type { SandboxSpec } from '../sandbox.ts';
import { baseReference } from './base-recipe.ts';
import { ensureBridgeNetwork, leaveNetwork, refuseHostRoutes } from './bridge-network.ts';
import { containerName, containerOptions, egressProxyPort, instanceLabel } from './container-options.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import { EgressProxy, type EgressProxyOptions } from './egress-proxy.ts';
import type { DockerEngine, ImageFacts } from './engine.ts';
import { engineHint } from './engine-error.ts';
import type { PristineSandbox } from './image-changes.ts';
import { SandboxContainer } from './sandbox-container.ts';
import { SandboxNetwork } from './sandbox-network.ts';
import type { StartLimiter } from './start-limiter.ts';
import { fillToolsVolume } from './tools-volume.ts';

/** The network of sandboxes whose policy is `open`. */
const openNetwork = 'clawbench-open';

interface StarterParts {
  readonly engine: DockerEngine;
  readonly starts: StartLimiter;
  readonly runtimeDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly egress: Pick<EgressProxyOptions, 'resolve' | 'connect'>;
}

interface KnownImage extends ImageFacts {
  readonly directories: Set<string>;
}

/** The base image's digest and the volume filled from it. */
interface Tools {
  readonly baseDigest: string;
  readonly volume: string;
}

/** Turns a spec into a running sandbox, or leaves nothing behind. */
export class SandboxStarter {
  readonly #parts: StarterParts;
  readonly #images = new Map<string, KnownImage>();
  #tools: Promise<Tools> | null = null;

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  async start(spec: SandboxSpec): Promise<DockerSandbox> {
    requireExportable(spec.env);
    const [image, tools] = await Promise.all([this.#image(spec.image.digest), this.#readyTools()]);
    const { engine, starts, runtimeDir } = this.#parts;
    const log = this.#parts.log.with({ runId: spec.owner.runId, trialId: spec.owner.trialId });
    const suffix = randomBytes(6).toString('hex');
    const user = spec.agentUser ?? image.user;
    const ports = portsOf(spec);
    const isOpen = spec.network.mode === 'open';
    const sockets = ports.length > 0 ? { hostPath: join(runtimeDir, suffix), name: suffix } : null;
    const network = new SandboxNetwork({
      directory: sockets?.hostPath ?? null,
      disconnect: isOpen ? (id) => leaveNetwork(engine, openNetwork, id) : null,
    });
    let containerId: string | null = null;
    try {
      await this.#openNetwork(network, spec, log);
      containerId = await engine.createContainer(
        containerOptions({
          name: containerName(spec.owner, suffix),
          spec,
          toolsVolume: tools.volume,
          sockets,
          network: isOpen ? openNetwork : null,
        }),
      );
      const container = new SandboxContainer({
        id: containerId,
        engine,
        starts,
        log,
        ports,
        afterStart: isOpen ? (id) => this.#refuseHost(id, spec, tools) : null,
      });
      await container.main();
      return await new DockerSandbox({
        spec,
        user,
        workdir: spec.workdir ?? image.workdir,
        container,
        engine,
        network,
        clock: this.#parts.clock,
        startPristine: () => this.#startPristine(spec),
        imageDirectories: image.directories,
      }).open();
    } catch (thrown) {
      await this.#leaveNothing(containerId, network);
      throw asStartTrouble(thrown);
    }
  }

  /** Serves everything the policy lets the sandbox reach. */
  async #openNetwork(network: SandboxNetwork, spec: SandboxSpec, log: Log): Promise<void> {
    if (spec.network.mode === 'open') await ensureBridgeNetwork(this.#parts.engine, openNetwork);
    if (portsOf(spec).length === 0) return;
    await network.prepare();
    for (const endpoint of spec.endpoints) await network.serve(endpoint);
    if (spec.network.mode !== 'allowlist') return;
    const proxy = new EgressProxy({ ...this.#parts.egress, allowedHosts: spec.network.hosts, log });
    await network.serveWith(egressProxyPort, (client) => proxy.accept(client));
  }

  async #refuseHost(containerId: string, spec: SandboxSpec, tools: Tools): Promise<void> {
    await refuseHostRoutes(this.#parts.engine, {
      containerId,
      imageDigest: tools.baseDigest,
      labels: { [instanceLabel]: spec.owner.instance },
    });
  }

  async #startPristine(spec: SandboxSpec): Promise<PristineSandbox> {
    const sandbox = await this.start({
      ...spec,
      network: { mode: 'none' },
      endpoints: [],
      env: {},
      agentUser: '0:0',
    });
    return { session: sandbox.toolSession(), remove: () => sandbox.remove() };
  }

  async #leaveNothing(containerId: string | null, network: SandboxNetwork): Promise<void> {
    const removed = containerId === null ? Promise.resolve() : this.#parts.engine.remove(containerId);
    for (const outcome of await Promise.allSettled([removed, network.close()])) {
      if (outcome.status === 'rejected')
        this.#parts.log.warn('a sandbox that did not start could not be removed; the sweep will', {
          container: containerId,
          error: String(outcome.reason),
        });
    }
  }

  async #image(digest: string): Promise<KnownImage> {
    const known = this.#images.get(digest);
    if (known) return known;
    const facts = await this.#parts.engine.image(digest);
    if (!facts)
      throw new ClawBenchError('unavailable', `the engine has no image ${digest}`, {
        hint: 'Build or pull it first; it may have been pruned.',
      });
    const image = { ...facts, directories: new Set<string>() };
    this.#images.set(digest, image);
    return image;
  }

  #readyTools(): Promise<Tools> {
    this.#tools ??= this.#findTools().catch((thrown: unknown) => {
      this.#tools = null;
      throw thrown;
    });
    return this.#tools;
  }

  async #findTools(): Promise<Tools> {
    const base = await this.#parts.engine.image(baseReference());
    if (!base)
      throw new ClawBenchError('unavailable', `the engine has no base image ${baseReference()}`, {
        hint: 'Run `npm run demo -- --once` or `npm test` once: both make it.',
      });
    return { baseDigest: base.digest, volume: await fillToolsVolume(this.#parts.engine, base.digest) };
  }
}

/** Loopback ports that lead outside under the spec's policy. */
function portsOf(spec: SandboxSpec): readonly number[] {
  if (spec.network.mode === 'none') return [];
  const ports = spec.endpoints.map(({ port }) => port);
  if (spec.network.mode === 'allowlist') ports.push(egressProxyPort);
  if (new Set(ports).size < ports.length)
    throw new ClawBenchError(
      'invalid-input',
      `two endpoints of a sandbox share a port (${ports.join(', ')})`,
    );
  return ports;
}

/** A spec the engine refuses stays what it is; everything else that keeps a sandbox from starting is the engine's trouble. */
function asStartTrouble(thrown: unknown): ClawBenchError {
  const error = ClawBenchError.from(thrown);
  if (['unavailable', 'unsupported', 'invalid-input'].includes(error.code)) return error;
  return new ClawBenchError('unavailable', error.message, { cause: thrown, hint: error.hint ?? engineHint });
}
