import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formatPack, type BenchmarkId } from '../domain/benchmark.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { TaskFault } from '../domain/task.ts';
import type { ArchiveFile } from '../sandboxes/sandbox.ts';
import type { Pack } from './benchmark.ts';
import { digestFiles, readFolder, readRegularFile } from './folder-files.ts';
import { loadTask, type TaskSource } from './task-loader.ts';
import { readToml } from './toml-document.ts';

/** A pack and where each of its tasks is read from. */
export interface LoadedPack {
  readonly pack: Pack;
  readonly sources: ReadonlyMap<string, TaskSource>;
}

/** Our manifest of a pack: `pack.toml` in a folder named `<benchmark>@<version>`, with the tasks in `tasks/`. */
const manifestSchema = z.strictObject({
  benchmark: z.string(),
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  title: z.string().min(1).max(200),
  /** Folder of test files every task of the pack gets beside its own. */
  tests: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
});

const maxTasks = 5_000;
const maxManifestBytes = 64 * 1_024;
const overlayLimits = { maxFiles: 200, maxBytes: 4 * 1_024 * 1_024 };

/**
 * Loads every pack below `folder`, oldest version first.
 * @throws ClawBenchError `invalid-input` with file and line when a pack's own manifest is broken, `not-found` when the folder is.
 */
export async function loadPacks(
  benchmark: BenchmarkId,
  folder: string,
  hostVariables: Readonly<Record<string, string>>,
): Promise<readonly LoadedPack[]> {
  const names = (await foldersIn(folder)).filter((name) => name.startsWith(`${benchmark}@`));
  const packs: LoadedPack[] = [];
  for (const name of names) packs.push(await loadPack(benchmark, folder, name, hostVariables));
  return packs.sort((a, b) =>
    a.pack.identity.version.localeCompare(b.pack.identity.version, 'en', { numeric: true }),
  );
}

async function loadPack(
  benchmark: BenchmarkId,
  folder: string,
  name: string,
  hostVariables: Readonly<Record<string, string>>,
): Promise<LoadedPack> {
  const root = join(folder, name);
  const manifest = await readManifest(root);
  if (manifest.benchmark !== benchmark || formatPack({ benchmark, version: manifest.version }) !== name) {
    throw new ClawBenchError('invalid-input', `${root}/pack.toml names another pack than its folder`, {
      hint: `Set benchmark and version so that they make "${name}", or rename the folder.`,
    });
  }
  const overlay = manifest.tests === undefined ? [] : await readOverlay(join(root, manifest.tests));
  const ids = await foldersIn(join(root, 'tasks'));
  if (ids.length > maxTasks)
    throw new ClawBenchError('limit-reached', `${root} has more than ${maxTasks} tasks`);
  const sources = new Map(
    ids.map((id): [string, TaskSource] => [
      id,
      { id, folder: join(root, 'tasks', id), overlay, hostVariables },
    ]),
  );
  const loadings = [];
  for (const source of sources.values()) loadings.push(await loadTask(source));
  const loaded = loadings.flatMap((loading) => (loading.kind === 'loaded' ? [loading.loaded] : []));
  const faults: readonly TaskFault[] = loadings.flatMap((loading) =>
    loading.kind === 'faulty' ? loading.faults : [],
  );
  const tasks = loaded.map(({ task }) => task);
  const identity = { benchmark, version: manifest.version, digest: digestOf(tasks) };
  const warnings = loaded.flatMap((task) => task.warnings);
  return { pack: { identity, title: manifest.title, tasks, faults, warnings }, sources };
}

async function readManifest(root: string): Promise<z.infer<typeof manifestSchema>> {
  const { bytes } = await readRegularFile(root, 'pack.toml', maxManifestBytes);
  const reading = readToml(Buffer.from(bytes).toString('utf8'), manifestSchema, () => false);
  if (reading.kind === 'read') return reading.value;
  const places = reading.faults.map(
    ({ line, key, message }) => `line ${line ?? '?'}: ${key ?? ''} ${message}`,
  );
  throw new ClawBenchError('invalid-input', `${root}/pack.toml is broken: ${places.join('; ')}`, {
    hint: 'A pack.toml has benchmark, version and title, and tests where all tasks get the same test files.',
  });
}

async function readOverlay(root: string): Promise<readonly ArchiveFile[]> {
  const files = await readFolder(root, overlayLimits);
  return files.map((file) => ({ ...file, path: `tests/${file.path}` }));
}

/** The pack's digest is that of its tasks' digests, each of which covers the files the pack gave to the task. */
function digestOf(tasks: readonly { readonly id: string; readonly digest: string }[]): string {
  return digestFiles(tasks.map((task) => ({ path: task.id, bytes: Buffer.from(task.digest) })));
}

/** Names of the folders directly in `folder`, sorted; links are not followed. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw new ClawBenchError('not-found', `${folder} cannot be read`, {
      hint: 'Reinstall the bench pack, or set the folder of bench packs to where it is.',
      cause: error,
    });
  }
}
