/** Characters nobody sees, and those that reorder what is seen; control characters become spaces before. */
const invisible =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

function oneLine(untrusted: string, most: number): string {
  const text = untrusted
    .slice(0, most * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(invisible, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > most ? `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}

/**
 * Untrusted text as a code span: nothing in it is a mention, a reference, a link, HTML or the end of a table cell.
 * @param most characters that are shown.
 */
export function inCode(untrusted: string, most = 120): string {
  const text = oneLine(untrusted, most).replaceAll('`', 'ˋ').replaceAll('|', '¦');
  return text === '' ? '(empty)' : `\`${text}\``;
}

/**
 * Untrusted text as words in a sentence or a table cell: Markdown and HTML show as written, and mentions, references and
 * addresses are broken by an invisible character so that GitHub links none of them.
 */
export function inProse(untrusted: string, most = 200): string {
  const gap = '\u200b';
  return oneLine(untrusted, most)
    .replace(/[\\`*_[\]|~$]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[@#]/g, `$&${gap}`)
    .replace(/gh(?=-\d)|www(?=\.)/gi, `$&${gap}`)
    .replaceAll('://', `:${gap}//`);
}
