import { ClawBenchError } from '../../domain/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { toolServerCommand } from './container-options.ts';
import type { DockerEngine } from './engine.ts';
import { statusOf } from './engine-error.ts';
import type { StartLimiter } from './start-limiter.ts';
import { ToolChannel } from './tool-channel.ts';

/** Longest wait for the tool server of a container that was started. */
const greetingTimeoutMs = 20_000;

/** The engine's answer to an exec in a container that has stopped. */
const notRunning = 409;

/** How often a container whose main process was killed from inside is started again. */
const maxRevivals = 20;

interface ContainerParts {
  readonly id: string;
  readonly engine: DockerEngine;
  readonly starts: StartLimiter;
  readonly log: Log;
  /** Loopback ports to open inside after every start. */
  readonly ports: readonly number[];
  /** Done after every start, before anything of the task runs. */
  readonly afterStart: ((containerId: string) => Promise<void>) | null;
}

/**
 * The container of a sandbox and the tool server that is its main process, as root. A task whose agent is root may kill
 * that process: that ends the command, as `kill` would anywhere, and the container is started again for the next one.
 */
export class SandboxContainer {
  readonly id: string;
  readonly #parts: ContainerParts;
  #main: Promise<ToolChannel> | null = null;
  #revivals = 0;
  #startedBefore = false;
  #ports: readonly number[];
  #afterStart: ContainerParts['afterStart'];

  constructor(parts: ContainerParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#ports = parts.ports;
    this.#afterStart = parts.afterStart;
  }

  /** The channel to the main process, which is started or started again when it does not run. */
  async main(): Promise<ToolChannel> {
    while (this.#main) {
      const pending = this.#main;
      const channel = await pending;
      if (!channel.isClosed) return channel;
      if (this.#main !== pending) continue;
      this.#main = null;
      this.#countRevival();
    }
    const starting = this.#parts.starts.run(() => this.#start());
    this.#main = starting;
    starting.catch(() => {
      if (this.#main === starting) this.#main = null;
    });
    return starting;
  }

  /** A channel to one more tool server, as the given user. */
  async another(user: string): Promise<ToolChannel> {
    try {
      return await this.#openAnother(user);
    } catch (thrown) {
      if (statusOf(ClawBenchError.from(thrown).cause) !== notRunning) throw thrown;
      // The container stopped, and the main channel has not heard of it yet.
      await this.#forgetMain();
      await this.main();
      return this.#openAnother(user);
    }
  }

  async #openAnother(user: string): Promise<ToolChannel> {
    const channel = new ToolChannel(
      await this.#parts.engine.openExec(this.id, { user, command: toolServerCommand }),
    );
    return greeted(channel);
  }

  async #forgetMain(): Promise<void> {
    (await this.#main?.catch(() => null))?.close();
  }

  /** Kills everything in the container; the next `main` starts it cut off from everything. */
  async stop(): Promise<void> {
    await this.#parts.engine.kill(this.id);
    await this.#forgetMain();
    this.#main = null;
    this.#ports = [];
    this.#afterStart = null;
  }

  /** Kills everything in the container because one command cannot be ended otherwise. */
  async breakDown(): Promise<void> {
    this.#parts.log.warn('a command could not be killed alone: stopping its container', {
      container: this.id,
    });
    await this.#parts.engine.kill(this.id);
    await this.#forgetMain();
  }

  /**
   * Called when a channel closed under a command: returns when that was the doing of what runs inside.
   * @throws ClawBenchError `unavailable` when the container or the engine is gone.
   */
  async explainLoss(): Promise<void> {
    const state = await this.#parts.engine.state(this.id);
    if (!state) throw new ClawBenchError('unavailable', 'the sandbox was removed while a command ran in it');
    this.#parts.log.warn('the process that runs commands in a sandbox was killed', {
      container: this.id,
      running: state.running,
      exitCode: state.exitCode,
      outOfMemory: state.outOfMemory,
    });
  }

  async #start(): Promise<ToolChannel> {
    const { engine } = this.#parts;
    const again = this.#startedBefore;
    if (again) await engine.kill(this.id);
    const channel = new ToolChannel(await engine.attach(this.id));
    try {
      await engine.start(this.id);
    } catch (thrown) {
      channel.close();
      throw again ? unstartable(thrown) : thrown;
    }
    this.#startedBefore = true;
    await greeted(channel);
    try {
      await this.#afterStart?.(this.id);
      if (this.#ports.length > 0) await channel.listen(this.#ports, greetingTimeoutMs);
      return channel;
    } catch (thrown) {
      channel.close();
      throw thrown;
    }
  }

  #countRevival(): void {
    this.#revivals += 1;
    if (this.#revivals > maxRevivals)
      throw new ClawBenchError('limit-reached', 'the sandbox was killed from inside again and again');
  }
}

async function greeted(channel: ToolChannel): Promise<ToolChannel> {
  try {
    await channel.greet(greetingTimeoutMs);
    return channel;
  } catch (thrown) {
    channel.close();
    throw thrown;
  }
}

/** A container that started once and now is refused by the engine was made so from inside, for example by a file in place of /etc. */
function unstartable(thrown: unknown): unknown {
  if (!(thrown instanceof ClawBenchError) || statusOf(thrown.cause) === null) return thrown;
  return new ClawBenchError(
    'conflict',
    `the sandbox was left in a state it cannot start from: ${thrown.message}`,
    {
      retryable: false,
      cause: thrown,
    },
  );
}
