import { parse } from 'smol-toml';

const maxLines = 2_000;

/**
 * Line (from 1) on which `path` is set in a TOML text, so that a fault can be pointed at. Where the whole path is not
 * there, the line of the longest part of it that is; null when none is, or the text is longer than 2,000 lines.
 * A statement starts after the last line up to which the text parses, and sets what is there once it parses again.
 */
export function tomlLine(text: string, path: readonly PropertyKey[]): number | null {
  const lines = text.split('\n');
  if (lines.length > maxLines) return null;
  let found: number | null = null;
  let depth = 0;
  let statement = 1;
  for (let count = 1; count <= lines.length && depth < path.length; count += 1) {
    const reached = depthOf(lines.slice(0, count).join('\n'), path);
    if (reached === null) continue;
    if (reached > depth) {
      depth = reached;
      found = statement;
    }
    statement = count + 1;
  }
  return found;
}

/** How many leading parts of `path` the text sets; null when the text ends inside a statement. */
function depthOf(text: string, path: readonly PropertyKey[]): number | null {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return null;
  }
  for (const [depth, part] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return depth;
    value = Reflect.get(value, part);
  }
  return path.length;
}
