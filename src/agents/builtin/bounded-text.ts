/** `text` when it fits, else its head and tail with a note of what is left out; at most `limit` characters and the note. */
export function boundText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = splitsPair(text, Math.ceil(limit / 2)) ? Math.ceil(limit / 2) - 1 : Math.ceil(limit / 2);
  const from = text.length - Math.floor(limit / 2);
  const tail = splitsPair(text, from) ? from + 1 : from;
  return `${text.slice(0, head)}\n[… ${tail - head} characters left out here …]\n${text.slice(tail)}`;
}

/** Whether a cut at `at` would part the two halves of a character outside the basic plane. */
function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
