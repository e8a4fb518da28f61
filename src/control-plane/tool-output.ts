/** What of a stream is shown, and how many of its bytes are not. */
export interface OutputExcerpt {
  readonly text: string;
  readonly leftOutBytes: number;
}

const decoder = new TextDecoder('utf-8');
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The largest cut at or before `at` that splits no UTF-8 character; looks back over one character at most. */
function cutBefore(bytes: Uint8Array, at: number): number {
  let cut = at;
  while (cut > 0 && at - cut < 4 && isContinuation(bytes[cut])) cut -= 1;
  return isContinuation(bytes[cut]) ? at : cut;
}

/** Head and tail of `bytes` as text, with a note where the middle is missing; at most `limit` bytes are shown. */
export function excerptOutput(bytes: Uint8Array, limit: number): OutputExcerpt {
  if (bytes.length <= limit) return { text: decoder.decode(bytes), leftOutBytes: 0 };
  const headEnd = cutBefore(bytes, Math.ceil(limit / 2));
  const tailStart = cutBefore(bytes, bytes.length - Math.floor(limit / 2));
  const leftOutBytes = tailStart - headEnd;
  const note = `\n[… ${leftOutBytes} bytes left out here; filter the output or write it to a file to see them …]\n`;
  return {
    text: decoder.decode(bytes.subarray(0, headEnd)) + note + decoder.decode(bytes.subarray(tailStart)),
    leftOutBytes,
  };
}

/** A piece of a file as text when it is text, else as base64; `usedBytes` may be short of the piece by a split character. */
export function encodeFilePiece(
  bytes: Uint8Array,
  atEnd: boolean,
): { readonly content: string; readonly encoding: 'utf-8' | 'base64'; readonly usedBytes: number } {
  const cut = atEnd ? bytes.length : cutBefore(bytes, bytes.length - 1);
  for (const usedBytes of [bytes.length, cut]) {
    const piece = bytes.subarray(0, usedBytes);
    if (usedBytes === 0 && bytes.length > 0) break;
    try {
      const content = strictDecoder.decode(piece);
      if (!content.includes('\0')) return { content, encoding: 'utf-8', usedBytes };
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
    }
  }
  return { content: Buffer.from(bytes).toString('base64'), encoding: 'base64', usedBytes: bytes.length };
}
