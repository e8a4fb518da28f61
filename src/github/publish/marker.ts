import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a marker says of the comment it stands in; values are letters, digits and `._:@-` only. */
export type MarkerFields = Readonly<Record<string, string>>;

export interface SealedComment {
  readonly fields: MarkerFields;
  readonly text: string;
}

const start = '<!-- clawbench v1 ';
const form = /^<!-- clawbench v1 ((?:[a-z]+=[\w.:@-]+ ){1,8})sig=([0-9a-f]{32}) -->(?:\n([\s\S]*))?$/;

/** Room to leave for the marker below GitHub's limit of a comment. */
export const markerAllowance = 500;

/** Whether a comment claims to be ours; whether it is, only {@link CommentSeal.open} says. */
export function hasMarker(body: string): boolean {
  return body.trimStart().startsWith(start);
}

/**
 * Puts a hidden first line on our comments that says what they are, signed together with the text and the thread.
 * So a marker copied elsewhere, a planted one, and a comment somebody edited are all told apart from our own.
 */
export class CommentSeal {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @param place the thread, so that a comment moved to another one is not ours there. */
  close(place: string, { fields, text }: SealedComment): string {
    const words = Object.entries(fields)
      .map(([key, value]) => `${key}=${value} `)
      .join('');
    const signature = this.#sign(place, words, text).toString('hex');
    return `${start}${words}sig=${signature} -->\n${text}`;
  }

  /** The comment's fields and text if we wrote it in this place and nobody changed it since; else undefined. */
  open(place: string, body: string): SealedComment | undefined {
    const [, words, signature, text = ''] = form.exec(canonical(body)) ?? [];
    if (words === undefined || signature === undefined) return undefined;
    if (!timingSafeEqual(this.#sign(place, words, text), Buffer.from(signature, 'hex'))) return undefined;
    const fields = words
      .trim()
      .split(' ')
      .map((word): [string, string] => {
        const equals = word.indexOf('=');
        return [word.slice(0, equals), word.slice(equals + 1)];
      });
    return { fields: Object.fromEntries(fields), text };
  }

  #sign(place: string, words: string, text: string): Buffer {
    const signed = JSON.stringify([place.toLowerCase(), words, canonical(text)]);
    return createHmac('sha256', this.#key).update(signed).digest().subarray(0, 16);
  }
}

/** GitHub may change line ends and trailing white space of what it stores. */
function canonical(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}
