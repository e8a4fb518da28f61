import { ClawBenchError } from '../../domain/errors.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Longest object kept while it arrives. */
const maxObjectBytes = 64 * 1024;

/** Cuts a JSON array of flat objects into the texts of its objects while it arrives, so that a list of any length takes little memory. */
export class JsonObjectSplitter {
  readonly #onObject: (text: string) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #inObject = false;
  #inString = false;
  #escaped = false;

  constructor(onObject: (text: string) => void) {
    this.#onObject = onObject;
  }

  /** @throws ClawBenchError `unavailable` when an object is absurdly long. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const step = this.#step(chunk[at] ?? 0);
      if (step === 'begins') from = at;
      if (step === 'ends') {
        this.#onObject(Buffer.concat([...this.#pending, chunk.subarray(from, at + 1)]).toString());
        this.#pending = [];
        this.#pendingBytes = 0;
      }
    }
    if (!this.#inObject) return;
    this.#pending.push(Buffer.from(chunk.subarray(from)));
    this.#pendingBytes += chunk.length - from;
    if (this.#pendingBytes > maxObjectBytes)
      throw new ClawBenchError('unavailable', 'the engine sent a list that makes no sense');
  }

  #step(byte: number): 'begins' | 'ends' | null {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString && byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = !this.#inString;
    else if (!this.#inString && byte === openBrace) {
      this.#inObject = true;
      return 'begins';
    } else if (!this.#inString && byte === closeBrace) {
      this.#inObject = false;
      return 'ends';
    }
    return null;
  }
}
