/**
 * The first text that fits, from the fullest to the shortest. The last must be bounded by its own construction; it is cut
 * only if it was not.
 * @param most UTF-8 bytes, which are never fewer than the characters GitHub counts.
 */
export function fitting(rungs: readonly (() => string)[], most: number): string {
  let shortest = '';
  for (const rung of rungs) {
    shortest = rung();
    if (Buffer.byteLength(shortest) <= most) return shortest;
  }
  return Buffer.from(shortest)
    .subarray(0, most)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}
