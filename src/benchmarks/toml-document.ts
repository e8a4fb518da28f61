import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { tomlLine } from './toml-line.ts';

/** One thing wrong in a file, or worth a warning: where known, the line (from 1) and the key it is about. */
export interface FileFault {
  readonly line: number | null;
  readonly key: string | null;
  readonly message: string;
}

/** A file read into `value`, or everything that is wrong with it. */
export type DocumentReading<Value> =
  | { readonly kind: 'read'; readonly value: Value; readonly warnings: readonly FileFault[] }
  | { readonly kind: 'faulty'; readonly faults: readonly FileFault[] };

/** How a key path is written to people: `environment.memory_mb`, `steps[0].name`. */
export function formatKey(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

/** A fault about `path` of a TOML text, with its line. */
export function faultAt(source: string, path: readonly PropertyKey[], message: string): FileFault {
  return { line: tomlLine(source, path), key: formatKey(path), message };
}

/**
 * Parses TOML by a strict zod schema. A key the schema does not know is a fault, or only a warning where
 * `toleratesUnknown` says so of the path of its section; then it is left out of the value.
 */
export function readToml<Value>(
  source: string,
  schema: z.ZodType<Value>,
  toleratesUnknown: (section: readonly PropertyKey[]) => boolean,
): DocumentReading<Value> {
  const raw = parseToml(source);
  if (raw.kind === 'faulty') return raw;
  const warnings: FileFault[] = [];
  const first = schema.safeParse(raw.value);
  if (first.success) return { kind: 'read', value: first.data, warnings };
  for (const issue of first.error.issues) {
    if (issue.code !== 'unrecognized_keys' || !toleratesUnknown(issue.path)) continue;
    for (const key of issue.keys) {
      warnings.push(faultAt(source, [...issue.path, key], 'is not a known key and has no effect'));
      removeKey(raw.value, [...issue.path, key]);
    }
  }
  const second = schema.safeParse(raw.value);
  if (second.success) return { kind: 'read', value: second.data, warnings };
  return { kind: 'faulty', faults: second.error.issues.flatMap((issue) => faultsOf(source, issue)) };
}

function parseToml(source: string): DocumentReading<unknown> {
  try {
    return {
      kind: 'read',
      value: parse(source, { unsafeKeyBehaviour: 'throw', maxDepth: 32 }),
      warnings: [],
    };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n', 1)[0] ?? 'is not valid TOML';
    return { kind: 'faulty', faults: [{ line: error.line, key: null, message }] };
  }
}

function faultsOf(source: string, issue: z.core.$ZodIssue): readonly FileFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => faultAt(source, [...issue.path, key], 'is not a known key'));
  }
  return [faultAt(source, issue.path, issue.message.replace(/^Invalid (input|string): /, ''))];
}

function removeKey(root: unknown, path: readonly PropertyKey[]): void {
  let holder = root;
  for (const part of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return;
    holder = Reflect.get(holder, part);
  }
  const last = path.at(-1);
  if (typeof holder === 'object' && holder !== null && last !== undefined)
    Reflect.deleteProperty(holder, last);
}
