import Docker from 'dockerode';
import { type Duplex, Readable } from 'node:stream';
import { EngineDeadline, engineError, isBrokenConnection, statusOf } from './engine-error.ts';

/** Of one container: whether it runs, and how it ended. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

/** What of an image matters for running it. */
export interface ImageFacts {
  readonly digest: string;
  readonly user: string;
  readonly workdir: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the engine says about itself. */
export interface EngineFacts {
  readonly version: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly storageDriver: string;
}

export interface ListedContainer {
  readonly id: string;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
}

const ordinaryTimeoutMs = 15_000;
const startTimeoutMs = 60_000;

/** The Engine API as this product uses it: every call has a deadline and rejects with ClawBenchError; idempotent ones are tried twice. */
export class DockerEngine {
  readonly #docker: Docker;

  constructor(options: { readonly socketPath: string }) {
    // `host: undefined` keeps DOCKER_HOST of the environment from overruling the configured socket.
    this.#docker = new Docker({ socketPath: options.socketPath, host: undefined });
  }

  /**
   * Any other call.
   * @param doing what is attempted, for error messages.
   * @param operation must hand the signal to the client library.
   */
  async call<Result>(
    doing: string,
    timeoutMs: number,
    operation: (docker: Docker, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const deadline = new AbortController();
    const passed = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      passed.reject(new EngineDeadline(`no answer in ${timeoutMs / 1000} s`));
      deadline.abort();
    }, timeoutMs);
    try {
      return await Promise.race([operation(this.#docker, deadline.signal), passed.promise]);
    } catch (thrown) {
      throw engineError(doing, thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A call that is answered by a stream; the deadline is for the beginning of the answer. */
  async stream(
    doing: string,
    timeoutMs: number,
    operation: (docker: Docker) => Promise<NodeJS.ReadableStream>,
  ): Promise<Readable> {
    const stream = await this.call(doing, timeoutMs, operation);
    if (stream instanceof Readable) return stream;
    throw engineError(doing, new Error('the engine sent no stream'));
  }

  async facts(): Promise<EngineFacts> {
    const info: Record<string, unknown> = await this.#idempotent('reach the Docker Engine', (docker) =>
      docker.info(),
    );
    return {
      version: String(info['ServerVersion']),
      cpus: Number(info['NCPU']),
      memoryMb: Math.floor(Number(info['MemTotal']) / (1024 * 1024)),
      storageDriver: String(info['Driver']),
    };
  }

  async createContainer(options: Docker.ContainerCreateOptions): Promise<string> {
    const container = await this.call('create the container', startTimeoutMs, (docker, abortSignal) =>
      docker.createContainer({ ...options, abortSignal }),
    );
    return container.id;
  }

  /** One stream for stdin and, multiplexed, stdout and stderr of the container's main process; open it before `start`. */
  async attach(id: string): Promise<Duplex> {
    return this.#duplex('attach to the container', (docker, abortSignal) =>
      docker
        .getContainer(id)
        .attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true, abortSignal }),
    );
  }

  /** Starts one more process in a running container; the stream is like that of `attach`. */
  async openExec(
    id: string,
    process: { readonly user: string; readonly command: string[] },
  ): Promise<Duplex> {
    return this.#duplex('start a process in the container', async (docker, abortSignal) => {
      const exec = await docker.getContainer(id).exec({
        User: process.user,
        Cmd: process.command,
        WorkingDir: '/',
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        abortSignal,
      });
      return exec.start({ hijack: true, stdin: true, abortSignal });
    });
  }

  async start(id: string): Promise<void> {
    await this.call('start the container', startTimeoutMs, (docker, abortSignal) =>
      docker.getContainer(id).start({ abortSignal }),
    );
  }

  /** Kills every process of the container and waits until the engine has noticed; a container that does not run is fine. */
  async kill(id: string): Promise<void> {
    await this.#idempotent('stop the container', async (docker, abortSignal) => {
      const container = docker.getContainer(id);
      await container.kill({ signal: 'SIGKILL', abortSignal }).catch((thrown: unknown) => {
        if (statusOf(thrown) !== 409) throw thrown;
      });
      await container.wait({ condition: 'not-running', abortSignal });
    });
  }

  /** Exit status of a container once it has ended. */
  async wait(id: string, timeoutMs: number): Promise<number> {
    const ended = await this.call('wait for the container', timeoutMs, async (docker, abortSignal) => {
      const answer: { readonly StatusCode: number } = await docker.getContainer(id).wait({ abortSignal });
      return answer;
    });
    return ended.StatusCode;
  }

  /** Deletes the container, its processes and its anonymous volumes; one that is gone is success. */
  async remove(id: string): Promise<void> {
    await this.#idempotent('remove the container', async (docker, abortSignal) => {
      const container = docker.getContainer(id);
      await container.remove({ force: true, v: true, abortSignal }).catch(async (thrown: unknown) => {
        if (statusOf(thrown) === 404) return;
        // Somebody else is removing it: wait for that.
        if (statusOf(thrown) !== 409) throw thrown;
        await container.wait({ condition: 'removed', abortSignal }).catch((gone: unknown) => {
          if (statusOf(gone) !== 404) throw gone;
        });
      });
    });
  }

  /** Null when there is no such container. */
  async state(id: string): Promise<ContainerState | null> {
    const found = await this.#unlessMissing('inspect the container', (docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    if (!found) return null;
    const { Running, ExitCode, OOMKilled } = found.State;
    return { running: Running, exitCode: ExitCode, outOfMemory: OOMKilled };
  }

  /** Labels of a container, null when there is none. */
  async labels(id: string): Promise<Readonly<Record<string, string>> | null> {
    const found = await this.#unlessMissing('inspect the container', (docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    return found ? (found.Config.Labels ?? {}) : null;
  }

  /** Containers, running or not, that carry all the labels (`name` or `name=value`). */
  async list(labels: readonly string[]): Promise<readonly ListedContainer[]> {
    const found = await this.#idempotent('list the containers', (docker, abortSignal) =>
      docker.listContainers({ all: true, filters: { label: [...labels] }, abortSignal }),
    );
    return found.map((container) => ({
      id: container.Id,
      createdAt: container.Created * 1000,
      labels: container.Labels,
    }));
  }

  /** The raw JSON of what changed in the container's files since its image; the caller bounds how much of it is read. */
  async changes(id: string): Promise<Readable> {
    return this.call('list the changed files', startTimeoutMs, (docker) => {
      const request = {
        path: `/containers/${id}/changes`,
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
      };
      const { promise, resolve, reject } = Promise.withResolvers<Readable>();
      docker.modem.dial(request, (failure, stream) => {
        if (stream instanceof Readable) resolve(stream);
        else reject(failure ?? new Error('the engine sent nothing'));
      });
      return promise;
    });
  }

  /** Null when the image is not here. */
  async image(reference: string): Promise<ImageFacts | null> {
    const found = await this.#unlessMissing('inspect the image', (docker) =>
      docker.getImage(reference).inspect(),
    );
    if (!found) return null;
    const { User, WorkingDir, Labels } = found.Config;
    return { digest: found.Id, user: User, workdir: WorkingDir || '/', labels: Labels ?? {} };
  }

  async #duplex(
    doing: string,
    operation: (docker: Docker, signal: AbortSignal) => Promise<NodeJS.ReadWriteStream>,
  ): Promise<Duplex> {
    const stream = await this.call(doing, ordinaryTimeoutMs, operation);
    if (isDuplex(stream)) return stream;
    throw engineError(doing, new Error('the engine did not switch protocols'));
  }

  async #idempotent<Result>(
    doing: string,
    operation: (docker: Docker, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.call(doing, ordinaryTimeoutMs, async (docker, signal) => {
      try {
        return await operation(docker, signal);
      } catch (thrown) {
        if (!isBrokenConnection(thrown)) throw thrown;
        return operation(docker, signal);
      }
    });
  }

  async #unlessMissing<Result>(
    doing: string,
    operation: (docker: Docker, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result | null> {
    return this.#idempotent(doing, async (docker, signal) => {
      try {
        return await operation(docker, signal);
      } catch (thrown) {
        if (statusOf(thrown) === 404) return null;
        throw thrown;
      }
    });
  }
}

function isDuplex(stream: NodeJS.ReadWriteStream): stream is Duplex {
  return 'destroy' in stream && typeof stream.destroy === 'function';
}
