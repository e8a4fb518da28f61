import { ClawBenchError } from '../domain/errors.ts';
import type { ArchiveFile } from './sandbox.ts';

/** @throws ClawBenchError `invalid-input` unless the path is absolute and free of NUL. */
export function requireAbsolutePath(path: string): void {
  if (path.startsWith('/') && !path.includes('\0')) return;
  throw new ClawBenchError('invalid-input', `"${path.slice(0, 200)}" is not an absolute path`, {
    hint: 'Paths in a sandbox begin with a slash, for example /app/answer.txt.',
  });
}

/**
 * Refuses every path that could leave the directory files are placed in, and two files at one path.
 * @throws ClawBenchError `invalid-input` naming the path.
 */
export function requireSafeFiles(files: readonly ArchiveFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/');
    const unsafe =
      path === '' ||
      path.length > 4_000 ||
      /[\0\n]/.test(path) ||
      parts.some((part) => part === '' || part === '.' || part === '..');
    if (unsafe) {
      throw new ClawBenchError('invalid-input', `"${path.slice(0, 200)}" cannot be placed in a sandbox`, {
        hint: 'Use a relative path with single slashes and without "." and ".." parts.',
      });
    }
    if (seen.has(path)) throw new ClawBenchError('invalid-input', `"${path.slice(0, 200)}" is given twice`);
    seen.add(path);
  }
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws ClawBenchError `invalid-input` for a name a shell cannot export or a value with NUL. */
export function requireExportable(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!variableName.test(name) || value.includes('\0'))
      throw new ClawBenchError('invalid-input', `"${name.slice(0, 100)}" cannot be an environment variable`);
  }
}
