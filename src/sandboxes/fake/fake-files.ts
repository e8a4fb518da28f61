import { ClawBenchError } from '../../domain/errors.ts';

/** What can be at a path of the in-memory file system. Directories exist by having something below them or by `makeDirectory`. */
export type FakeNode =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'fifo' }
  | { readonly kind: 'directory' };

/** A small in-memory file system with absolute, normalised paths; enough for sessions and scripted commands. */
export class FakeFiles {
  readonly #nodes: Map<string, FakeNode>;

  constructor(nodes: Iterable<readonly [string, FakeNode]> = []) {
    this.#nodes = new Map(nodes);
  }

  /** An independent copy. */
  copy(): FakeFiles {
    return new FakeFiles(this.#nodes);
  }

  get(path: string): FakeNode | undefined {
    const wanted = normalise(path);
    const node = this.#nodes.get(wanted);
    if (node) return node;
    return this.below(wanted).length > 0 || wanted === '/' ? { kind: 'directory' } : undefined;
  }

  set(path: string, node: FakeNode): void {
    this.#nodes.set(normalise(path), node);
  }

  makeDirectory(path: string): void {
    if (!this.get(path)) this.set(path, { kind: 'directory' });
  }

  /** Text of a regular file, or undefined. */
  text(path: string): string | undefined {
    const node = this.get(path);
    return node?.kind === 'file' ? new TextDecoder().decode(node.bytes) : undefined;
  }

  writeText(path: string, text: string): void {
    this.set(path, { kind: 'file', bytes: new TextEncoder().encode(text), mode: 0o644 });
  }

  /** Removes the path and all below it. */
  remove(path: string): void {
    const wanted = normalise(path);
    this.#nodes.delete(wanted);
    for (const [below] of this.below(wanted)) this.#nodes.delete(below);
  }

  /** Everything below a directory, absolute paths in order. */
  below(path: string): readonly (readonly [string, FakeNode])[] {
    const prefix = normalise(path) === '/' ? '/' : `${normalise(path)}/`;
    return [...this.#nodes].filter(([at]) => at.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** The absolute path without `.`, `..` and doubled slashes. */
function normalise(path: string): string {
  if (!path.startsWith('/')) throw new ClawBenchError('invalid-input', `"${path}" is not an absolute path`);
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
