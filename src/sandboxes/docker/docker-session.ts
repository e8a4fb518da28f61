import { ClawBenchError } from '../../domain/errors.ts';
import { requireAbsolutePath, requireSafeFiles } from '../file-paths.ts';
import type { ArchiveFile, ExecResult, ExecSpec, FileSlice, SandboxSession } from '../sandbox.ts';
import { filesOfTar, tarOf } from '../tar-archive.ts';
import { type CommandRunner, toolShell } from './command-runner.ts';
import * as scripts from './file-scripts.ts';
import { maxStdinBytes } from './tool-channel.ts';

/** Deadline of one step of a file transfer, whatever the file system inside does. */
const stepTimeoutMs = 60_000;

/** One part of an upload, with room for tar's headers below the limit of a command's input. */
const uploadPartBytes = maxStdinBytes - 1024 * 1024;

/** What tar adds to a file at most: a header, padding, and a long name in blocks of its own. */
const tarOverheadPerFile = 8 * 1024;

/** Files and processes of a Docker sandbox as one user, all through the tool server. */
export class DockerSession implements SandboxSession {
  readonly #runner: CommandRunner;

  constructor(runner: CommandRunner) {
    this.#runner = runner;
  }

  exec(spec: ExecSpec): Promise<ExecResult> {
    return this.#runner.run(spec);
  }

  async readFile(
    path: string,
    window: { readonly offset?: number; readonly maxBytes: number },
  ): Promise<FileSlice> {
    requireAbsolutePath(path);
    const { offset = 0, maxBytes } = window;
    const { exitCode, stdout } = await this.#script(scripts.readFile, {
      env: { file: path, offset: String(offset), count: String(maxBytes) },
      maxOutputBytes: maxBytes + 32,
    });
    scripts.requireFileStatus(exitCode, path);
    const newline = stdout.indexOf(0x0a);
    const size = Number(new TextDecoder().decode(stdout.subarray(0, newline)));
    if (newline < 1 || !Number.isSafeInteger(size))
      throw new ClawBenchError('unavailable', `${path} could not be read from the sandbox`);
    return { size, bytes: stdout.slice(newline + 1) };
  }

  async writeFile(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
    requireAbsolutePath(path);
    const env = { file: path, part: `.clawbench-${crypto.randomUUID()}`, mode: mode.toString(8) };
    for (let at = 0; at === 0 || at < bytes.length; at += maxStdinBytes) {
      const last = at + maxStdinBytes >= bytes.length;
      const { exitCode } = await this.#script(scripts.writeFile, {
        env: { ...env, last: last ? 'yes' : '' },
        stdin: bytes.subarray(at, at + maxStdinBytes),
      });
      scripts.requireFileStatus(exitCode, path);
    }
  }

  async upload(root: string, files: readonly ArchiveFile[]): Promise<void> {
    requireAbsolutePath(root);
    requireSafeFiles(files);
    const isLarge = (file: ArchiveFile): boolean => file.bytes.length > uploadPartBytes / 2;
    // A large file is placed empty first, with the same checks, and then replaced in portions.
    const placed = files.map((file) => (isLarge(file) ? { ...file, bytes: new Uint8Array() } : file));
    for (const part of partsOf(placed)) {
      const { exitCode } = await this.#script(scripts.upload, { env: { root }, stdin: tarOf(part) });
      scripts.requireFileStatus(exitCode, root);
    }
    for (const file of files.filter(isLarge))
      await this.writeFile(`${root}/${file.path}`, file.bytes, file.mode);
  }

  async download(
    root: string,
    limits: { readonly maxBytes: number; readonly maxFiles: number },
  ): Promise<readonly ArchiveFile[]> {
    requireAbsolutePath(root);
    const { exitCode, stdout } = await this.#script(scripts.download, {
      env: { root },
      maxOutputBytes: limits.maxBytes + limits.maxFiles * tarOverheadPerFile + 1024 * 1024,
    });
    scripts.requireFileStatus(exitCode, root);
    return filesOfTar(stdout, limits);
  }

  async #script(
    command: string,
    options: { env: Record<string, string>; stdin?: Uint8Array; maxOutputBytes?: number },
  ): Promise<ExecResult> {
    const tooMuch = new AbortController();
    const cap = options.maxOutputBytes ?? 4_096;
    let received = 0;
    const result = await this.#runner.run(
      {
        command,
        cwd: '/',
        env: options.env,
        timeoutMs: stepTimeoutMs,
        maxOutputBytes: cap,
        signal: tooMuch.signal,
        onOutput: ({ bytes }) => {
          received += bytes.length;
          if (received >= cap) tooMuch.abort();
        },
        ...(options.stdin ? { stdin: options.stdin } : {}),
      },
      toolShell,
    );
    if (result.ending === 'aborted')
      throw new ClawBenchError('limit-reached', 'the files in the sandbox are larger than may be downloaded');
    if (result.ending === 'timed-out')
      throw new ClawBenchError('limit-reached', 'a file transfer did not end in a minute', {
        hint: 'The files may be very large, or something in the sandbox holds them up.',
      });
    return result;
  }
}

/** Groups of files that fit one transfer. */
function* partsOf(files: readonly ArchiveFile[]): Generator<readonly ArchiveFile[]> {
  let part: ArchiveFile[] = [];
  let size = 0;
  for (const file of files) {
    const added = file.bytes.length + tarOverheadPerFile;
    if (part.length > 0 && size + added > uploadPartBytes) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(file);
    size += added;
  }
  yield part;
}
