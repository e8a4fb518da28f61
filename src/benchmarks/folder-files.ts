import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClawBenchError } from '../domain/errors.ts';
import type { ArchiveFile } from '../sandboxes/sandbox.ts';

/** What a folder may hold before it is refused. */
export interface FolderLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** Room for the largest tasks known (a few MB) and still small enough to hold in memory. */
export const taskFolderLimits: FolderLimits = { maxFiles: 2_000, maxBytes: 64 * 1024 * 1024 };

const maxDepth = 16;
/** Left behind by interpreters, desktops and version control; never part of a task. */
const ignoredNames = new Set(['__pycache__', '.pytest_cache', '.DS_Store', '.git']);
const plainName = /^[^\p{Cc}\\]{1,255}$/u;

/**
 * Reads every file below `root`, sorted by path, with mode 0o755 or 0o644 by the owner's execute bit alone, so that the
 * same commit reads the same on every machine. Links, devices and sockets are refused: a link could lead out of the folder.
 * @throws ClawBenchError `invalid-input` naming the path that is refused; `limit-reached` over `limits`; `not-found`.
 */
export async function readFolder(root: string, limits: FolderLimits): Promise<readonly ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  let left = limits.maxBytes;
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth) throw refused(folder, `is nested deeper than ${maxDepth} folders`);
    for (const entry of await entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!plainName.test(entry.name))
        throw refused(path, 'has a control character or backslash in its name');
      if (entry.isDirectory()) {
        await walk(path, depth + 1);
        continue;
      }
      if (!entry.isFile()) throw refused(path, 'is a link or not a regular file');
      if (files.length >= limits.maxFiles) throw tooMuch(root, `more than ${limits.maxFiles} files`);
      const file = await readRegularFile(root, path, left);
      left -= file.bytes.byteLength;
      files.push(file);
    }
  };
  await walk('', 0);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `sha256:` over path, mode and content of every file, independent of their order. */
export function digestFiles(files: readonly ArchiveFile[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const content = createHash('sha256').update(file.bytes).digest('hex');
    hash.update(JSON.stringify([file.path, file.mode ?? 0o644, content]));
  }
  return `sha256:${hash.digest('hex')}`;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !ignoredNames.has(entry.name));
  } catch (error) {
    throw new ClawBenchError('not-found', `${folder} cannot be read`, { cause: error });
  }
}

/**
 * Reads one file that is no link.
 * @throws ClawBenchError `not-found`, `invalid-input` for anything but a regular file, `limit-reached` over `maxBytes`.
 */
export async function readRegularFile(root: string, path: string, maxBytes: number): Promise<ArchiveFile> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(root, path), flags).catch((error: unknown) => {
    throw new ClawBenchError('not-found', `${join(root, path)} cannot be read`, { cause: error });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw refused(path, 'is a link or not a regular file');
    if (stat.size > maxBytes) throw tooMuch(root, 'more bytes than are allowed');
    const bytes = await handle.readFile();
    if (bytes.byteLength > maxBytes) throw tooMuch(root, 'more bytes than are allowed');
    return { path, bytes, mode: stat.mode & 0o100 ? 0o755 : 0o644 };
  } finally {
    await handle.close();
  }
}

function refused(path: string, why: string): ClawBenchError {
  return new ClawBenchError('invalid-input', `${path} ${why}`, {
    hint: 'Keep plain files and folders only; copy what a link points to.',
  });
}

function tooMuch(root: string, what: string): ClawBenchError {
  return new ClawBenchError('limit-reached', `${root} holds ${what}`, {
    hint: 'Make large inputs when the image is built or when a trial is prepared.',
  });
}
