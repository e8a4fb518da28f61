import { lookup } from 'node:dns/promises';
import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type {
  BuildContext,
  FoundSandbox,
  Preflight,
  Sandbox,
  SandboxCapabilities,
  SandboxImage,
  SandboxProvider,
  SandboxSpec,
} from '../sandbox.ts';
import { baseReference } from './base-recipe.ts';
import { instanceLabel, ownerFromLabels, socketsLabel } from './container-options.ts';
import { DockerEngine } from './engine.ts';
import { ImageBuilder } from './image-builder.ts';
import { SandboxStarter } from './sandbox-starter.ts';
import { StartLimiter } from './start-limiter.ts';

/** Starts in flight for every processor of this machine: more only adds latency. */
const startsPerCpu = 2;

export interface DockerProviderOptions {
  /** Default `/var/run/docker.sock`. */
  readonly socketPath?: string;
  /** This installation: part of every container's name and labels. */
  readonly instance: string;
  /** Short directory for the sockets of running sandboxes; made when missing. */
  readonly runtimeDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** All addresses of a host name, for sandboxes with an allowlist; default the system's resolver. */
  readonly resolveHost?: (host: string) => Promise<readonly string[]>;
  /** Opens the connections of the egress proxy; default the system's. */
  readonly connectOut?: (address: string, port: number) => Socket;
}

/** Sandboxes on the Docker Engine of this machine. Nothing is contacted before the first call. */
export function createDockerProvider(options: DockerProviderOptions): SandboxProvider {
  return new DockerProvider(options);
}

class DockerProvider implements SandboxProvider {
  readonly id = 'docker';
  readonly capabilities: SandboxCapabilities = {
    networkModes: ['none', 'gateway', 'allowlist', 'open'],
    build: true,
    maxMemoryMb: Math.floor(totalmem() / (1024 * 1024)),
    maxCpus: availableParallelism(),
  };
  readonly #engine: DockerEngine;
  readonly #images: ImageBuilder;
  readonly #starter: SandboxStarter;
  readonly #runtimeDir: string;

  constructor(options: DockerProviderOptions) {
    this.#engine = new DockerEngine({ socketPath: options.socketPath ?? '/var/run/docker.sock' });
    this.#images = new ImageBuilder({ engine: this.#engine, baseReference: baseReference() });
    this.#runtimeDir = options.runtimeDir;
    this.#starter = new SandboxStarter({
      engine: this.#engine,
      starts: new StartLimiter(startsPerCpu * this.capabilities.maxCpus),
      runtimeDir: options.runtimeDir,
      clock: options.clock,
      log: options.log,
      egress: {
        resolve: options.resolveHost ?? systemResolver,
        connect: options.connectOut ?? ((address, port) => connect(port, address)),
      },
    });
  }

  async preflight(): Promise<Preflight> {
    try {
      const { version, storageDriver, cpus, memoryMb } = await this.#engine.facts();
      const base = await this.#engine.image(baseReference());
      const detail = `Docker Engine ${version} (${storageDriver}), ${cpus} CPUs, ${memoryMb} MB`;
      if (base) return { kind: 'ready', detail };
      return {
        kind: 'unavailable',
        reason: `${detail} has no base image ${baseReference()}`,
        hint: 'Run `npm run demo -- --once` or `npm test` once: both make it.',
      };
    } catch (thrown) {
      const { message, hint } = ClawBenchError.from(thrown);
      return { kind: 'unavailable', reason: message, hint: hint ?? 'Look at `docker info`.' };
    }
  }

  pullImage(reference: string, onProgress: (line: string) => void): Promise<SandboxImage> {
    return this.#images.pull(reference, onProgress);
  }

  buildImage(context: BuildContext, onProgress: (line: string) => void): Promise<SandboxImage> {
    return this.#images.build(context, onProgress);
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    const { maxCpus, maxMemoryMb } = this.capabilities;
    if (spec.cpus > maxCpus || spec.memoryMb > maxMemoryMb)
      throw new ClawBenchError(
        'unsupported',
        `the sandbox needs ${spec.cpus} CPUs and ${spec.memoryMb} MB; this machine has ${maxCpus} and ${maxMemoryMb} MB`,
      );
    return this.#starter.start(spec);
  }

  async list(instance: string): Promise<readonly FoundSandbox[]> {
    const containers = await this.#engine.list([`${instanceLabel}=${instance}`]);
    return containers.flatMap(({ id, createdAt, labels }) => {
      const owner = ownerFromLabels(labels);
      return owner ? [{ id, owner, createdAt }] : [];
    });
  }

  async removeById(id: string): Promise<void> {
    const labels = await this.#engine.labels(id);
    if (!labels) return;
    await this.#engine.remove(id);
    const sockets = labels[socketsLabel];
    if (sockets !== undefined && /^[0-9a-f]+$/.test(sockets))
      await rm(join(this.#runtimeDir, sockets), { recursive: true, force: true });
  }
}

async function systemResolver(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
