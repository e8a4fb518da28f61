import { ClawBenchError } from '../../domain/errors.ts';

const headerBytes = 8;

/**
 * Takes apart the Engine's multiplexed attach stream: frames of an 8-byte header (stream number, three zeros, length as
 * big-endian 32 bits) and the payload. Frames and headers may be split anywhere; payload is passed on without waiting
 * for the rest of its frame. Source: Engine API, "Stream format" of container attach.
 */
export class StreamDemultiplexer {
  readonly #onBytes: (stream: 'stdout' | 'stderr', bytes: Buffer) => void;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #stream: 'stdout' | 'stderr' = 'stdout';
  #payloadLeft = 0;

  constructor(onBytes: (stream: 'stdout' | 'stderr', bytes: Buffer) => void) {
    this.#onBytes = onBytes;
  }

  /** @throws ClawBenchError `unavailable` when the bytes are not of that format. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const payload = chunk.subarray(at, at + this.#payloadLeft);
        this.#payloadLeft -= payload.length;
        at += payload.length;
        this.#onBytes(this.#stream, payload);
      } else {
        const copied = chunk.copy(
          this.#header,
          this.#headerFilled,
          at,
          at + headerBytes - this.#headerFilled,
        );
        at += copied;
        this.#headerFilled += copied;
        if (this.#headerFilled === headerBytes) this.#beginFrame();
      }
    }
  }

  #beginFrame(): void {
    this.#headerFilled = 0;
    const number = this.#header[0];
    if (number !== 1 && number !== 2)
      throw new ClawBenchError('unavailable', `the engine sent a stream frame of unknown kind ${number}`);
    this.#stream = number === 1 ? 'stdout' : 'stderr';
    this.#payloadLeft = this.#header.readUInt32BE(4);
  }
}
