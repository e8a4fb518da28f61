/** One word of a command line: bare (`key` undefined) or `key=value`, quotes taken off. */
export interface Word {
  readonly key: string | undefined;
  readonly text: string;
}

export interface SplitLine {
  readonly words: readonly Word[];
  /** A quote was opened and not closed; what follows it is one word. */
  readonly openQuote: boolean;
}

/** Splits at white space outside double quotes. `--key=value` is `key=value`. */
export function splitWords(line: string): SplitLine {
  const words: Word[] = [];
  let openQuote = false;
  for (const [whole, quoted] of line.matchAll(/(?:[^\s"]|"[^"]*("|$))+/g)) {
    // The group holds the last quote's end: empty when the line ended before the quote did.
    if (quoted === '') openQuote = true;
    words.push(wordOf(whole));
  }
  return { words, openQuote };
}

function wordOf(written: string): Word {
  const [, key, value] = /^(?:--)?([A-Za-z][\w-]*)=(.*)$/s.exec(written) ?? [];
  if (key === undefined || value === undefined) return { key: undefined, text: unquoted(written) };
  return { key: key.toLowerCase(), text: unquoted(value) };
}

function unquoted(text: string): string {
  return text.replaceAll('"', '');
}
