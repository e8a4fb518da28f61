import type { Readable } from 'node:stream';
import { z } from 'zod';
import { ClawBenchError } from '../../domain/errors.ts';
import { requireAbsolutePath } from '../file-paths.ts';
import type { SandboxSession } from '../sandbox.ts';
import { JsonObjectSplitter } from './json-object-splitter.ts';

const maxFiles = 10_000;

/** Changes looked at before giving up: an agent can make millions of files. */
const maxChanges = 5_000_000;

/** Paths sent to a sandbox at a time. */
const pathsPerBatch = 500;

const stepTimeoutMs = 120_000;
const maxListBytes = 16 * 1024 * 1024;
const maxRestoredBytes = 256 * 1024 * 1024;

/** One line of the Engine API's answer; kind 0 is modified, 1 added, 2 deleted. */
const changeSchema = z.object({ Path: z.string(), Kind: z.number() });

/** A fresh sandbox of an image, as root and without network, to compare with. */
export interface PristineSandbox {
  readonly session: SandboxSession;
  remove(): Promise<void>;
}

interface ChangesParts {
  /** The engine's list of changes, JSON. */
  readonly changes: () => Promise<Readable>;
  /** Root's session of the sealed sandbox. */
  readonly session: SandboxSession;
  readonly startPristine: () => Promise<PristineSandbox>;
  /** Paths known to be directories of this image, to which answers are added: most trials touch the same few. */
  readonly directories: Set<string>;
}

interface Candidates {
  /** Modified, and a directory now: only a replaced file if the image has no directory there. */
  readonly directories: readonly string[];
  /** Deleted or modified otherwise: whatever the image has there is not what it was. */
  readonly others: readonly string[];
}

/** Compares a sealed sandbox with a fresh one of the same image, and puts files back from there. */
export class ImageChanges {
  readonly #parts: ChangesParts;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
  }

  /** Absolute paths of image files that were changed or deleted, in order. */
  async files(): Promise<readonly string[]> {
    const { directories, others } = await this.#candidates();
    const unknown = directories.filter((path) => !this.#parts.directories.has(path));
    if (unknown.length + others.length === 0) return [];
    return this.#withPristine(async (pristine) => {
      const found = new Set<string>();
      for (const batch of batchesOf(unknown)) {
        const replaced = new Set(await linesOf(pristine, listNonDirectories, batch));
        for (const path of batch) (replaced.has(path) ? found : this.#parts.directories).add(path);
      }
      for (const batch of batchesOf(others)) {
        for (const path of await linesOf(pristine, listFilesBelow, batch)) found.add(path);
        if (found.size >= maxFiles) break;
      }
      return [...found].sort().slice(0, maxFiles);
    });
  }

  async restore(paths: readonly string[]): Promise<void> {
    paths.forEach(requireListablePath);
    if (paths.length === 0) return;
    await this.#withPristine(async (pristine) => {
      for (const batch of batchesOf([...paths].sort())) await this.#restoreBatch(pristine, batch);
    });
  }

  async #withPristine<Result>(work: (pristine: SandboxSession) => Promise<Result>): Promise<Result> {
    const pristine = await this.#parts.startPristine();
    try {
      return await work(pristine.session);
    } finally {
      await pristine.remove();
    }
  }

  async #candidates(): Promise<Candidates> {
    const { modified, deleted } = await this.#modifiedAndDeleted();
    const others = [...deleted];
    const directories: string[] = [];
    for (const batch of batchesOf(modified)) {
      const replaced = new Set(await linesOf(this.#parts.session, listNonDirectories, batch));
      for (const path of batch) (replaced.has(path) ? others : directories).push(path);
    }
    return { directories, others };
  }

  async #modifiedAndDeleted(): Promise<{ readonly modified: string[]; readonly deleted: string[] }> {
    const modified: string[] = [];
    const deleted: string[] = [];
    let seen = 0;
    const splitter = new JsonObjectSplitter((text) => {
      const change = changeSchema.parse(JSON.parse(text));
      seen += 1;
      // A path with a line break cannot be one of a sane image and cannot be listed safely.
      if (change.Path.includes('\n')) return;
      if (change.Kind === 0) modified.push(change.Path);
      if (change.Kind === 2) deleted.push(change.Path);
    });
    for await (const chunk of await this.#parts.changes()) {
      splitter.push(Buffer.from(chunk));
      if (seen > maxChanges)
        throw new ClawBenchError(
          'limit-reached',
          'more files were changed in the sandbox than can be compared',
        );
    }
    return { modified, deleted };
  }

  async #restoreBatch(pristine: SandboxSession, paths: readonly string[]): Promise<void> {
    const list = Buffer.from(paths.map((path) => `.${path}\n`).join(''));
    const archive = await pristine.exec({
      command: packPaths,
      stdin: list,
      timeoutMs: stepTimeoutMs,
      maxOutputBytes: maxRestoredBytes,
    });
    if (archive.droppedBytes > 0 || archive.ending !== 'exited')
      throw new ClawBenchError('limit-reached', 'the changed image files are too large to be put back');
    await this.#succeed({
      command: removePaths,
      stdin: list,
    });
    const part = `/.clawbench-${crypto.randomUUID()}`;
    await this.#parts.session.writeFile(part, archive.stdout, 0o600);
    await this.#succeed({
      command: `cd / && tar --numeric-owner -xpf ${part}; status=$?; rm -f ${part}; exit $status`,
    });
  }

  async #succeed(step: { readonly command: string; readonly stdin?: Uint8Array }): Promise<void> {
    const result = await this.#parts.session.exec({
      ...step,
      timeoutMs: stepTimeoutMs,
      maxOutputBytes: 4_096,
    });
    if (result.exitCode !== 0)
      throw new ClawBenchError(
        'forbidden',
        `changed image files could not be put back: ${new TextDecoder().decode(result.stderr).slice(0, 500)}`,
      );
  }
}

/** An archive of the paths read from stdin (relative to /). */
const packPaths = `cd /
while IFS= read -r path; do set -- "$@" "$path"; done
tar --numeric-owner -cf - "$@" 2>/dev/null`;

/** Of the paths read from stdin (relative to /): removes them, and whatever of their parents is not a directory. */
const removePaths = `cd / && while IFS= read -r path; do
  parent=\${path%/*}
  while [ "$parent" != . ] && [ "$parent" ]; do
    if [ -L "$parent" ] || { [ -e "$parent" ] && [ ! -d "$parent" ]; }; then rm -f "$parent"; fi
    parent=\${parent%/*}
  done
  rm -rf "$path" || exit 1
done`;

/** Of the paths on stdin: those that exist and are no directory, links to one included. */
const listNonDirectories = `while IFS= read -r path; do
  if [ -L "$path" ]; then printf '%s\\n' "$path"
  elif [ -e "$path" ] && [ ! -d "$path" ]; then printf '%s\\n' "$path"
  fi
done; true`;

/** All that is no directory at and below the paths on stdin. */
const listFilesBelow = `while IFS= read -r path; do find "$path" ! -type d 2>/dev/null; done; true`;

async function linesOf(
  session: SandboxSession,
  command: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const result = await session.exec({
    command,
    stdin: Buffer.from(paths.map((path) => `${path}\n`).join('')),
    timeoutMs: stepTimeoutMs,
    maxOutputBytes: maxListBytes,
  });
  const lines = new TextDecoder().decode(result.stdout).split('\n');
  return lines.filter((line) => line.startsWith('/'));
}

function requireListablePath(path: string): void {
  requireAbsolutePath(path);
  if (path.includes('\n') || path.split('/').includes('..'))
    throw new ClawBenchError('invalid-input', `${JSON.stringify(path)} cannot be put back`);
}

function* batchesOf(paths: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < paths.length; at += pathsPerBatch) yield paths.slice(at, at + pathsPerBatch);
}
