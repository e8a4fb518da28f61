import { closest, distance } from 'fastest-levenshtein';

/** The valid name a misspelt one was probably meant to be; undefined when none is near. */
export function nearestName(written: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const text = written.slice(0, 100).toLowerCase();
  const candidate = closest(text, valid);
  return distance(text, candidate) <= Math.max(2, Math.floor(candidate.length / 3)) ? candidate : undefined;
}

/**
 * Whether `name` matches `glob`, in which `*` is any text and `?` any one character.
 * Walks both texts once and returns to the last star only, so that no pattern is slow.
 */
export function matchesGlob(name: string, glob: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    if (glob[position] === '*') {
      star = position;
      position += 1;
      resume = at;
    } else if (position < glob.length && (glob[position] === '?' || glob[position] === name[at])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      position = star + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(position));
}
