import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Sandbox, SandboxImage, SandboxSession, SandboxSpec, SealedSandbox } from '../sandbox.ts';
import { ChannelPool } from './channel-pool.ts';
import { CommandRunner, toolShell } from './command-runner.ts';
import { isRootUser } from './container-options.ts';
import { DockerSession } from './docker-session.ts';
import type { DockerEngine } from './engine.ts';
import { ImageChanges, type PristineSandbox } from './image-changes.ts';
import type { SandboxContainer } from './sandbox-container.ts';
import type { SandboxNetwork } from './sandbox-network.ts';

/** Commands of one session that run at the same time; more wait their turn. */
const parallelCommands = 4;

export interface DockerSandboxParts {
  readonly spec: SandboxSpec;
  /** User of the agent's session, as the engine understands it. */
  readonly user: string;
  readonly workdir: string;
  readonly container: SandboxContainer;
  readonly engine: DockerEngine;
  readonly network: SandboxNetwork;
  readonly clock: Clock;
  /** Starts a sandbox of the same image nobody has worked in. */
  readonly startPristine: () => Promise<PristineSandbox>;
  /** Paths known to be directories of the image. */
  readonly imageDirectories: Set<string>;
}

type Phase = 'open' | 'sealed' | 'removed';

export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly image: SandboxImage;
  readonly #parts: DockerSandboxParts;
  readonly #agentPool: ChannelPool;
  #rootPool: ChannelPool | null = null;
  #phase: Phase = 'open';
  #removal: Promise<void> | null = null;

  constructor(parts: DockerSandboxParts) {
    this.#parts = parts;
    this.id = parts.container.id;
    this.image = parts.spec.image;
    this.#agentPool = this.#pool(parts.user, isRootUser(parts.user));
  }

  /** Opens the agent's session, so that a user who does not exist, or no room to start a process, is known at once. */
  async open(): Promise<this> {
    await this.#agentPool.release(await this.#agentPool.acquire());
    return this;
  }

  session(): SandboxSession {
    return this.#session(this.#agentPool, 'open', '/bin/sh');
  }

  /** Like `session`, with our own shell: nothing in the image is run unless a command asks for it. */
  toolSession(): SandboxSession {
    return this.#session(this.#agentPool, 'open', toolShell);
  }

  async seal(): Promise<SealedSandbox> {
    if (this.#phase !== 'open')
      throw new ClawBenchError('conflict', `the sandbox is ${this.#phase} already and cannot be sealed`);
    this.#phase = 'sealed';
    this.#agentPool.close('it is sealed');
    const { container, network } = this.#parts;
    await container.stop();
    await network.cut(this.id);
    await container.main();
    const pool = this.#pool('0:0', true);
    this.#rootPool = pool;
    // The session must be there when this returns; opening its channel is the greater part of the first command.
    await pool.release(await pool.acquire());
    const session = this.#session(pool, 'sealed', toolShell);
    const changes = new ImageChanges({
      changes: () => this.#parts.engine.changes(this.id),
      session,
      startPristine: this.#parts.startPristine,
      directories: this.#parts.imageDirectories,
    });
    return {
      session,
      changedImageFiles: () => changes.files(),
      restoreImageFiles: (paths) => changes.restore(paths),
    };
  }

  remove(): Promise<void> {
    this.#phase = 'removed';
    this.#agentPool.close('it is removed');
    this.#rootPool?.close('it is removed');
    this.#removal ??= this.#remove().catch((thrown: unknown) => {
      this.#removal = null;
      throw thrown;
    });
    return this.#removal;
  }

  async #remove(): Promise<void> {
    await this.#parts.engine.remove(this.id);
    await this.#parts.network.close();
  }

  /** The main process runs as root, so it serves this pool only when root is the pool's user. */
  #pool(user: string, mainIsTheirs: boolean): ChannelPool {
    const { container } = this.#parts;
    return new ChannelPool(async (open) => {
      const main = await container.main();
      return mainIsTheirs && !open.includes(main) ? main : container.another(user);
    }, parallelCommands);
  }

  #session(pool: ChannelPool, phase: Phase, shell: string): SandboxSession {
    const { container, workdir, clock } = this.#parts;
    return new DockerSession(
      new CommandRunner({
        container,
        clock,
        pool,
        workdir,
        shell,
        requireUsable: () => {
          if (this.#phase !== phase)
            throw new ClawBenchError('unavailable', `the sandbox cannot be used: it is ${this.#phase}`, {
              retryable: false,
            });
        },
      }),
    );
  }
}
