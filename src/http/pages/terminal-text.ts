import { html } from 'hono/html';

/** HTML that was made by `html` and therefore is escaped. */
export type Markup = ReturnType<typeof html>;

/** Text drawn in one way; `classes` are those of the style sheet. */
interface StyledText {
  readonly text: string;
  readonly classes: string;
}

interface Style {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  colour: number | null;
  background: number | null;
}

const plainStyle: Style = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  colour: null,
  background: null,
};

const [bell, escape] = [7, 27].map((code) => String.fromCharCode(code));

/** A colour sequence (its numbers are captured), any other control sequence, an operating-system command, or a lone escape. */
const sequences = new RegExp(
  `${escape}\\[([0-9;:]{0,64})m|${escape}\\[[0-?]{0,64}[ -/]{0,8}[@-~]|${escape}[\\]PX^_][^${bell}${escape}]{0,4096}(?:${bell}|${escape}\\\\)?|${escape}.?`,
  'g',
);

/** Characters that draw nothing or change the direction of others: shown by their number, so that nothing can hide. */
const deceptive = /[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * Terminal output as HTML: colours as classes, all other escapes removed, hostile characters visible, everything escaped.
 * Of a line that was drawn over (carriage returns) the last state is shown.
 */
export function terminalText(text: string): Markup {
  const parts = styledTexts(lastDrawn(text)).map(({ text: part, classes }) =>
    classes === ''
      ? html`${showDeceptive(part)}`
      : html`<span class="${classes}">${showDeceptive(part)}</span>`,
  );
  return html`${parts}`;
}

/** Untrusted text on one line, without escapes. */
export function plainText(text: string): string {
  return showDeceptive(text.replace(sequences, ''));
}

function lastDrawn(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n');
}

function showDeceptive(text: string): string {
  return text.replace(deceptive, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

function styledTexts(text: string): readonly StyledText[] {
  const parts: StyledText[] = [];
  let style = plainStyle;
  let at = 0;
  const push = (part: string) => {
    if (part !== '') parts.push({ text: part, classes: classesOf(style) });
  };
  for (const match of text.matchAll(sequences)) {
    push(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] !== undefined) style = applyCodes(style, match[1]);
  }
  push(text.slice(at));
  return parts;
}

/** Select Graphic Rendition (ECMA-48 §8.3.117); colours beyond the sixteen are left out. */
function applyCodes(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      index += codes[index + 1] === 2 ? 4 : 2;
    } else {
      style = code === 0 ? { ...plainStyle } : { ...style, ...changeOf(code) };
    }
  }
  return style;
}

function changeOf(code: number): Partial<Style> {
  if (code === 1) return { bold: true };
  if (code === 2) return { dim: true };
  if (code === 3) return { italic: true };
  if (code === 4) return { underline: true };
  if (code === 22) return { bold: false, dim: false };
  if (code === 23) return { italic: false };
  if (code === 24) return { underline: false };
  if (code === 39) return { colour: null };
  if (code === 49) return { background: null };
  if (code >= 30 && code <= 37) return { colour: code - 30 };
  if (code >= 90 && code <= 97) return { colour: code - 82 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  return {};
}

function classesOf(style: Style): string {
  return [
    style.bold ? 'bold' : '',
    style.dim ? 'dim' : '',
    style.italic ? 'italic' : '',
    style.underline ? 'underline' : '',
    style.colour === null ? '' : `fg${style.colour}`,
    style.background === null ? '' : `bg${style.background}`,
  ]
    .filter((name) => name !== '')
    .join(' ');
}
