import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ClawBenchError } from '../../domain/errors.ts';
import type { BuildContext, SandboxImage } from '../sandbox.ts';
import { requireSafeFiles } from '../file-paths.ts';
import { tarOf } from '../tar-archive.ts';
import { ensureBridgeNetwork } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { followEngineJob } from './engine-progress.ts';

/** The network of image builds: our own, because the default bridge may be missing or taken by another engine. */
const buildNetwork = 'clawbench-build';

const buildMemoryBytes = 4 * 1024 ** 3;

/** Pulling falls silent for this long only when it is dead. */
const pullQuietMs = 60_000;

type Listener = (line: string) => void;

/** Makes images present: builds each context once, however often and by how many it is asked for at the same time. */
export class ImageBuilder {
  readonly #engine: DockerEngine;
  /** Part of the key of every build: a new base image makes new task images. */
  readonly #baseReference: string;
  readonly #running = new Map<
    string,
    { readonly image: Promise<SandboxImage>; readonly listeners: Listener[] }
  >();

  constructor(options: { readonly engine: DockerEngine; readonly baseReference: string }) {
    this.#engine = options.engine;
    this.#baseReference = options.baseReference;
  }

  /** @throws ClawBenchError `invalid-input` with the last lines when the Dockerfile fails. */
  async build(context: BuildContext, onProgress: Listener): Promise<SandboxImage> {
    requireSafeFiles(context.files);
    const base = await this.#engine.image(this.#baseReference);
    const key = createHash('sha256')
      .update(`${context.digest}\n${base?.digest ?? ''}`)
      .digest('hex')
      .slice(0, 12);
    const reference = `clawbench-task:${key}`;
    const running = this.#running.get(reference);
    if (running) {
      running.listeners.push(onProgress);
      return running.image;
    }
    const listeners = [onProgress];
    const image = this.#buildOnce(reference, context, (line) => {
      for (const listener of listeners) listener(line);
    });
    this.#running.set(reference, { image, listeners });
    try {
      return await image;
    } finally {
      this.#running.delete(reference);
    }
  }

  /** @throws ClawBenchError `invalid-input` when a registry has no such image, `unavailable` when none can be reached. */
  async pull(reference: string, onProgress: Listener): Promise<SandboxImage> {
    const present = await this.#engine.image(reference);
    if (present) return { reference, digest: present.digest };
    onProgress(`pulling ${reference}`);
    const stream = await this.#engine.stream(`pull ${reference}`, pullQuietMs, (docker) =>
      docker.pull(reference),
    );
    const { failure } = await followEngineJob(stream, onProgress, pullQuietMs);
    const pulled = await this.#engine.image(reference);
    if (pulled) return { reference, digest: pulled.digest };
    throw new ClawBenchError(
      'unavailable',
      `${reference} could not be pulled: ${failure ?? 'the engine does not say why'}`,
      {
        hint: 'Check the name, and that this machine reaches the registry.',
      },
    );
  }

  async #buildOnce(reference: string, context: BuildContext, onProgress: Listener): Promise<SandboxImage> {
    const present = await this.#engine.image(reference);
    if (present) return { reference, digest: present.digest };
    onProgress(`building ${context.name} (${reference})`);
    await ensureBridgeNetwork(this.#engine, buildNetwork);
    const answer = await this.#engine.stream(`build ${context.name}`, context.timeoutMs, async (docker) =>
      docker.buildImage(Readable.from([tarOf(context.files)]), {
        t: reference,
        dockerfile: 'Dockerfile',
        networkmode: buildNetwork,
        rm: true,
        forcerm: true,
        pull: false,
        memory: buildMemoryBytes,
        memswap: buildMemoryBytes,
        labels: { 'clawbench.task': context.name, 'clawbench.context': context.digest },
      }),
    );
    const deadline = setTimeout(
      () => answer.destroy(new Error('the build took too long')),
      context.timeoutMs,
    );
    const { failure, lastLines } = await followEngineJob(answer, onProgress, context.timeoutMs).finally(() =>
      clearTimeout(deadline),
    );
    if (failure !== null)
      throw new ClawBenchError(
        'invalid-input',
        `the image of ${context.name} could not be built: ${failure}`,
        {
          hint: `Last lines of the build:\n${lastLines.join('\n')}`,
        },
      );
    const built = await this.#engine.image(reference);
    if (!built)
      throw new ClawBenchError('unavailable', `the engine built ${context.name} but has no such image`);
    return { reference, digest: built.digest };
  }
}
