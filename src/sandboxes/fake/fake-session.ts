import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { requireAbsolutePath, requireExportable, requireSafeFiles } from '../file-paths.ts';
import type { ArchiveFile, ExecResult, ExecSpec, FileSlice, SandboxSession } from '../sandbox.ts';
import { CommandOutput } from '../command-output.ts';
import type { FakeFiles } from './fake-files.ts';
import type { FakeFaults, FakeInterpreter } from './fake-command.ts';

/** What one in-memory session works on. `closed` says why it may not be used any more. */
export interface FakeSessionState {
  readonly files: FakeFiles;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: 'agent' | 'root';
  readonly faults: FakeFaults;
  readonly interpreter: FakeInterpreter;
  readonly clock: Clock;
  closed(): string | null;
}

export class FakeSession implements SandboxSession {
  readonly #state: FakeSessionState;

  constructor(state: FakeSessionState) {
    this.#state = state;
  }

  async exec(spec: ExecSpec): Promise<ExecResult> {
    this.#requireOpen();
    requireExportable(spec.env ?? {});
    const started = this.#state.clock.now();
    const output = new CommandOutput(spec);
    const stop = new AbortController();
    const ended = endingOf(spec, stop.signal);
    const silent = this.#state.faults.exec === 'hang' || spec.signal?.aborted === true;
    const outcome = silent ? undefined : this.#interpret(spec, output, stop);
    try {
      const first = await Promise.race([ended, outcome ?? ended]);
      this.#requireOpen();
      return {
        ending: typeof first === 'number' ? 'exited' : first,
        exitCode: typeof first === 'number' ? first : null,
        ...output.result(),
        durationMs: this.#state.clock.now() - started,
      };
    } finally {
      output.close();
      stop.abort();
    }
  }

  /** Exit status of the scripted command. */
  async #interpret(spec: ExecSpec, output: CommandOutput, stop: AbortController): Promise<number> {
    const { files, env, workdir, user, interpreter } = this.#state;
    const outcome = await interpreter({
      command: spec.command,
      files,
      env: { ...env, ...spec.env },
      cwd: spec.cwd ?? workdir,
      user,
      stdin: spec.stdin ?? new Uint8Array(),
      signal: stop.signal,
      write: (stream, data) => output.write(stream, Buffer.from(data)),
    });
    output.write('stdout', Buffer.from(outcome.stdout ?? ''));
    output.write('stderr', Buffer.from(outcome.stderr ?? ''));
    return outcome.exitCode;
  }

  async readFile(
    path: string,
    window: { readonly offset?: number; readonly maxBytes: number },
  ): Promise<FileSlice> {
    this.#requireOpen();
    requireAbsolutePath(path);
    const node = this.#state.files.get(path);
    if (!node) throw new ClawBenchError('not-found', `there is no file ${path}`);
    if (node.kind !== 'file') throw new ClawBenchError('invalid-input', `${path} is not a regular file`);
    const offset = window.offset ?? 0;
    return { bytes: node.bytes.slice(offset, offset + window.maxBytes), size: node.bytes.length };
  }

  async writeFile(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
    this.#requireOpen();
    requireAbsolutePath(path);
    if (this.#state.files.get(path)?.kind === 'directory')
      throw new ClawBenchError('invalid-input', `${path} is a directory`);
    this.#state.files.set(path, { kind: 'file', bytes: bytes.slice(), mode });
  }

  async upload(root: string, files: readonly ArchiveFile[]): Promise<void> {
    this.#requireOpen();
    requireAbsolutePath(root);
    requireSafeFiles(files);
    this.#state.files.makeDirectory(root);
    for (const file of files) {
      const parts = file.path.split('/').slice(0, -1);
      const parents = ['', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
      if (parents.some((parent) => this.#state.files.get(`${root}${parent}`)?.kind === 'link'))
        throw new ClawBenchError('forbidden', `${root}/${file.path} leads through a link`);
      this.#state.files.remove(`${root}/${file.path}`);
      this.#state.files.set(`${root}/${file.path}`, {
        kind: 'file',
        bytes: file.bytes.slice(),
        mode: file.mode ?? 0o644,
      });
    }
  }

  async download(
    root: string,
    limits: { readonly maxBytes: number; readonly maxFiles: number },
  ): Promise<readonly ArchiveFile[]> {
    this.#requireOpen();
    requireAbsolutePath(root);
    const top = this.#state.files.get(root);
    if (!top) throw new ClawBenchError('not-found', `there is no directory ${root}`);
    if (top.kind === 'link') throw new ClawBenchError('forbidden', `${root} is a link`);
    if (top.kind !== 'directory') throw new ClawBenchError('invalid-input', `${root} is not a directory`);
    const prefix = root.endsWith('/') ? root : `${root}/`;
    const found = this.#state.files
      .below(root)
      .flatMap(([path, node]) =>
        node.kind === 'file' ? [{ path: path.slice(prefix.length), bytes: node.bytes, mode: node.mode }] : [],
      );
    const total = found.reduce((sum, file) => sum + file.bytes.length, 0);
    if (total > limits.maxBytes || found.length > limits.maxFiles)
      throw new ClawBenchError('limit-reached', `${root} holds more than may be downloaded`);
    return found;
  }

  #requireOpen(): void {
    const reason = this.#state.faults.exec === 'unavailable' ? 'the engine is down' : this.#state.closed();
    if (reason) throw new ClawBenchError('unavailable', `the sandbox cannot be used: ${reason}`);
  }
}

/** Resolves when the command must be ended from outside; never when it may run on. */
function endingOf(spec: ExecSpec, over: AbortSignal): Promise<'timed-out' | 'aborted'> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => resolve('timed-out'), spec.timeoutMs);
    over.addEventListener('abort', () => clearTimeout(deadline), { once: true });
    if (spec.signal?.aborted) resolve('aborted');
    spec.signal?.addEventListener('abort', () => resolve('aborted'), { once: true, signal: over });
  });
}
