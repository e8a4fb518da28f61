import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { CommandOutput } from '../command-output.ts';
import { requireExportable } from '../file-paths.ts';
import type { ExecResult, ExecSpec } from '../sandbox.ts';
import type { ChannelPool } from './channel-pool.ts';
import { toolsPath } from './container-options.ts';
import type { SandboxContainer } from './sandbox-container.ts';
import type { ToolCallEnd, ToolChannel } from './tool-channel.ts';

/** How long a killed process tree may take to end before the whole container is stopped. */
const killGraceMs = 3_000;

const killedStatus = 137;

/** Channels that may break one after the other before a command has begun: all that were open, and a new one. */
const maxAttempts = 6;

/** The static shell and its built-in programs, which nothing in the sandbox can change. */
export const toolShell = `${toolsPath}/busybox sh`;

interface RunnerParts {
  readonly container: SandboxContainer;
  readonly pool: ChannelPool;
  readonly clock: Clock;
  readonly workdir: string;
  /** Shell of ordinary commands. */
  readonly shell: string;
  /** Rejects when the sandbox may not be used any more. */
  readonly requireUsable: () => void;
}

type Ending = ExecResult['ending'];

/** Runs commands in one sandbox as one user. */
export class CommandRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** @param shell another shell than the session's, for our own scripts. */
  async run(spec: ExecSpec, shell = this.#parts.shell): Promise<ExecResult> {
    this.#parts.requireUsable();
    requireExportable(spec.env ?? {});
    const output = new CommandOutput(spec);
    const started = this.#parts.clock.now();
    const { ending, status } = await this.#perform(spec, shell, output);
    output.close();
    return {
      ending,
      exitCode: ending === 'exited' ? status : null,
      ...output.result(),
      durationMs: this.#parts.clock.now() - started,
    };
  }

  async #perform(
    spec: ExecSpec,
    shell: string,
    output: CommandOutput,
  ): Promise<{ readonly ending: Ending; readonly status: number }> {
    for (let attempt = 1; ; attempt += 1) {
      const channel = await this.#acquire(spec.signal);
      if (!channel) return { ending: 'aborted', status: killedStatus };
      const { ending, end } = await this.#onChannel(channel, spec, { shell, output });
      if (end.kind === 'exited') return { ending, status: end.status };
      if (end.kind === 'input-refused')
        throw new ClawBenchError(
          'limit-reached',
          'the sandbox has no memory left for the input of a command',
        );
      this.#parts.requireUsable();
      if (ending !== 'exited') return { ending, status: killedStatus };
      await this.#parts.container.explainLoss();
      if (end.begun || attempt === maxAttempts) return { ending, status: killedStatus };
    }
  }

  /** A channel, or null when the command is aborted before it gets one. */
  async #acquire(signal: AbortSignal | undefined): Promise<ToolChannel | null> {
    if (!signal) return this.#parts.pool.acquire();
    const aborted = Promise.withResolvers<null>();
    const onAbort = (): void => aborted.resolve(null);
    if (signal.aborted) return null;
    signal.addEventListener('abort', onAbort, { once: true });
    const acquired = this.#parts.pool.acquire();
    const channel = await Promise.race([acquired, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
    if (channel === null)
      void acquired.then(
        (unused) => this.#parts.pool.release(unused),
        () => {},
      );
    return channel;
  }

  async #onChannel(
    channel: ToolChannel,
    spec: ExecSpec,
    how: { readonly shell: string; readonly output: CommandOutput },
  ): Promise<{ ending: Ending; end: ToolCallEnd }> {
    let ending: Ending = 'exited';
    let lastResort: NodeJS.Timeout | undefined;
    let brokenDown: Promise<void> | undefined;
    const stop = (because: Ending): void => {
      if (ending !== 'exited') return;
      ending = because;
      channel.kill();
      lastResort = setTimeout(() => {
        brokenDown = this.#breakDown(channel);
      }, killGraceMs);
    };
    const deadline = setTimeout(() => stop('timed-out'), spec.timeoutMs);
    const onAbort = (): void => stop('aborted');
    spec.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const end = await channel.run(
        {
          shell: how.shell,
          directory: spec.cwd ?? this.#parts.workdir,
          command: spec.command,
          env: spec.env ?? {},
          stdin: spec.stdin ?? new Uint8Array(),
        },
        (stream, bytes) => how.output.write(stream, bytes),
      );
      return { ending, end };
    } finally {
      clearTimeout(deadline);
      clearTimeout(lastResort);
      // The next command must not begin in a container that is about to be stopped.
      await brokenDown;
      spec.signal?.removeEventListener('abort', onAbort);
      void this.#parts.pool.release(channel);
    }
  }

  async #breakDown(channel: ToolChannel): Promise<void> {
    await this.#parts.container.breakDown().catch(() => {});
    channel.close();
  }
}
