import { ClawBenchError } from '../../domain/errors.ts';

/** What the tool server says in the middle of a stream; see `container/tool-server/tool-server.sh`. */
export type ToolReply =
  | { readonly kind: 'begun' | 'input-kept' | 'input-refused' | 'relays-ended' }
  | { readonly kind: 'exited'; readonly status: number };

/** Longest status that can follow an `X`: three digits and the semicolon. */
const longestStatus = 4;

/**
 * Separates one stream of a tool channel into output of the current call and the tool server's replies, which begin
 * with a NUL and the secret nonce of the call. Output after the exit reply comes from processes left behind and is dropped.
 */
export class ReplyScanner {
  readonly #onOutput: (bytes: Buffer) => void;
  readonly #onReply: (reply: ToolReply) => void;
  #marker: Buffer | null = null;
  #held: Buffer = Buffer.alloc(0);
  #passing = false;

  constructor(onOutput: (bytes: Buffer) => void, onReply: (reply: ToolReply) => void) {
    this.#onOutput = onOutput;
    this.#onReply = onReply;
  }

  /** From now on the stream belongs to the call with this nonce. */
  expect(nonce: string): void {
    this.#marker = Buffer.from(`\0${nonce}`);
    this.#held = Buffer.alloc(0);
    this.#passing = true;
  }

  /** @throws ClawBenchError `unavailable` when a reply is malformed. */
  push(chunk: Buffer): void {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = Buffer.alloc(0);
    while (this.#marker && rest.length > 0) {
      const at = rest.indexOf(this.#marker);
      if (at < 0) {
        const keepFrom = rest.length - lengthOfPrefixAtEnd(rest, this.#marker);
        this.#pass(rest.subarray(0, keepFrom));
        this.#held = Buffer.from(rest.subarray(keepFrom));
        return;
      }
      this.#pass(rest.subarray(0, at));
      const after = this.#readReply(rest.subarray(at + this.#marker.length));
      if (after === null) {
        this.#held = Buffer.from(rest.subarray(at));
        return;
      }
      rest = after;
    }
  }

  #pass(bytes: Buffer): void {
    if (this.#passing && bytes.length > 0) this.#onOutput(bytes);
  }

  /** What follows the reply, or null when the reply has not arrived whole. */
  #readReply(bytes: Buffer): Buffer | null {
    const letter = bytes[0];
    if (letter === undefined) return null;
    if (letter !== 0x58) {
      this.#onReply({ kind: replyOf(String.fromCharCode(letter)) });
      return bytes.subarray(1);
    }
    const end = bytes.indexOf(';');
    if (end < 0 && bytes.length <= longestStatus) return null;
    const status = bytes.toString('latin1', 1, end);
    if (end < 0 || !/^\d{1,3}$/.test(status)) throw malformed();
    this.#passing = false;
    this.#onReply({ kind: 'exited', status: Number(status) });
    return bytes.subarray(end + 1);
  }
}

function replyOf(letter: string): 'begun' | 'input-kept' | 'input-refused' | 'relays-ended' {
  switch (letter) {
    case 'B':
      return 'begun';
    case 'S':
      return 'input-kept';
    case 'F':
      return 'input-refused';
    case 'E':
      return 'relays-ended';
    default:
      throw malformed();
  }
}

function malformed(): ClawBenchError {
  return new ClawBenchError('unavailable', 'the tool server in the sandbox sent a reply that makes no sense');
}

/** How many bytes at the end of `bytes` could be the beginning of `marker`. */
function lengthOfPrefixAtEnd(bytes: Buffer, marker: Buffer): number {
  const longest = Math.min(bytes.length, marker.length - 1);
  let at = bytes.indexOf(0, bytes.length - longest);
  while (at >= 0) {
    const tail = bytes.subarray(at);
    if (tail.equals(marker.subarray(0, tail.length))) return tail.length;
    at = bytes.indexOf(0, at + 1);
  }
  return 0;
}
