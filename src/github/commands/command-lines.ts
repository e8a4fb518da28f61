import type { Paragraph, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { commandWord } from './table.ts';

/** Lines of a comment that begin with the command word where a person would see a command. */
export type CommandLines =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'too-complex' };

/**
 * Finds command lines: at most three spaces in, in a paragraph of the comment itself. Code, quotes, lists, headings, HTML,
 * and links are not looked into. Takes time in proportion to the comment's length, whatever is in it.
 */
export function findCommandLines(comment: string): CommandLines {
  // The parser leaves a byte order mark out of its positions.
  const body = comment.replace(/^\ufeff/, '');
  // Nearly every comment ends here, before anything expensive.
  if (!plain(body).toLowerCase().includes(commandWord)) return { kind: 'lines', lines: [] };
  if (isCostly(body)) return { kind: 'too-complex' };
  const lines = plainLines(body, parseMarkdown(body)).map(plain);
  return { kind: 'lines', lines: lines.filter((line) => commandStart.test(line)) };
}

const commandStart = new RegExp(`^ {0,3}${commandWord}(?=\\s|$)`, 'i');

/**
 * `text` as it looks: without characters nobody sees, full-width letters and typographers' quotes and dashes as the
 * plain ones that keyboards and copying put them in for. Characters that reorder text stay, to be refused.
 */
function plain(text: string): string {
  return text
    .replace(/[\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff]/g, '')
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replace(/[\u201c\u201d\u201e\u201f]/g, '"')
    .replace(/ \u2014(?=[a-z])/gi, ' --');
}

/**
 * Bounds that keep Markdown's parser at some tenths of a second. Its time grows with the square of containers (quotes, list items)
 * and of brackets, with the depth of nested lists on every line, and otherwise with the number of marks and lines.
 */
const most = { length: 70_000, containers: 1_500, nesting: 6_000, brackets: 2_500, marks: 12_000 } as const;

function isCostly(body: string): boolean {
  if (body.length > most.length || count(body, /[[\]]/g) > most.brackets) return true;
  if (count(body, /[\n\r\\`&<[\]!]/g) > most.marks) return true;
  let containers = 0;
  let nesting = 0;
  for (const [prefix] of body.matchAll(/^[ \t>*+\-\d.)]+/gm)) {
    // A line can go on at most as many list items as were begun, each two columns deeper.
    nesting += Math.min(containers, prefix.search(/[^ \t]|$/) / 2);
    containers += count(prefix, />|[-+*.)](?=[ \t]|$)/g);
  }
  return containers > most.containers || nesting > most.nesting;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/**
 * Without emphasis, because `*` in a task pattern is meant as written and resolving it can take quadratic time; without
 * underlined headings, because a mail signature's `--` below a command would make it one.
 */
function parseMarkdown(body: string): Root {
  return fromMarkdown(body, { extensions: [{ disable: { null: ['attention', 'setextUnderline'] } }] });
}

/** The lines of the comment's own paragraphs that begin as plain text. */
function plainLines(body: string, root: Root): readonly string[] {
  const html = new OpenHtml();
  return root.children.flatMap((block) => {
    if (block.type === 'html') html.pass(block.value);
    return block.type === 'paragraph' ? linesOf(body, block, html) : [];
  });
}

interface Line {
  text: string;
  /** Undefined until something stands on the line. */
  beginsPlain: boolean | undefined;
}

/** Inline HTML and comments leave nothing; inline code leaves its content, since names are often written that way. */
function linesOf(body: string, paragraph: Paragraph, html: OpenHtml): readonly string[] {
  let line: Line = { text: '', beginsPlain: undefined };
  const lines = [line];
  for (const child of paragraph.children) {
    if (child.type === 'html') html.pass(child.value);
    const isPlain = (child.type === 'text' || child.type === 'break') && !html.isOpen;
    const source = body.slice(child.position?.start.offset, child.position?.end.offset);
    for (const [index, part] of source.split(/\r\n|\r|\n/).entries()) {
      if (index > 0) {
        line = { text: '', beginsPlain: undefined };
        lines.push(line);
      }
      if (part !== '') line.beginsPlain ??= isPlain;
      if (child.type !== 'html') line.text += child.type === 'inlineCode' ? part.replaceAll('`', '') : part;
    }
  }
  return lines.filter(({ beginsPlain }) => beginsPlain).map(({ text }) => text);
}

/** Whether HTML that hides or quotes its content is open: Markdown inside it is parsed like any other. */
class OpenHtml {
  #depth = 0;

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  pass(html: string): void {
    const tags = html.replace(/<!--[\s\S]*?(?:-->|$)/g, '');
    for (const [, closing] of tags.matchAll(/<(\/?)(?:details|blockquote|pre|code|table)\b/gi)) {
      this.#depth = Math.max(0, this.#depth + (closing ? -1 : 1));
    }
  }
}
