import type { ExecResult, ExecSpec } from './sandbox.ts';

type OutputSpec = Pick<ExecSpec, 'maxOutputBytes' | 'onOutput'>;

/** Collects the output of one command under the byte cap of its spec; memory stays within twice the cap. */
export class CommandOutput {
  readonly #spec: OutputSpec;
  readonly #kept = { stdout: new GrowingBuffer(), stderr: new GrowingBuffer() };
  #room: number;
  #dropped = 0;
  #open = true;
  #listenerFault: { readonly thrown: unknown } | null = null;

  constructor(spec: OutputSpec) {
    this.#spec = spec;
    this.#room = spec.maxOutputBytes;
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (!this.#open || bytes.length === 0) return;
    const kept = bytes.subarray(0, this.#room);
    this.#room -= kept.length;
    this.#dropped += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.#kept[stream].append(kept);
    if (!this.#listenerFault) this.#tell(stream, kept);
  }

  /** What is written from now on belongs to nobody. */
  close(): void {
    this.#open = false;
  }

  /** @throws whatever `onOutput` threw; the stream itself is not disturbed by it. */
  result(): Pick<ExecResult, 'stdout' | 'stderr' | 'droppedBytes'> {
    if (this.#listenerFault) throw this.#listenerFault.thrown;
    return {
      stdout: this.#kept.stdout.bytes(),
      stderr: this.#kept.stderr.bytes(),
      droppedBytes: this.#dropped,
    };
  }

  #tell(stream: 'stdout' | 'stderr', kept: Uint8Array): void {
    try {
      this.#spec.onOutput?.({ stream, bytes: Uint8Array.from(kept) });
    } catch (thrown) {
      this.#listenerFault = { thrown };
    }
  }
}

/** Bytes appended in any portions, kept in one block that doubles. */
class GrowingBuffer {
  #block = new Uint8Array(0);
  #length = 0;

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#block.length) {
      const larger = new Uint8Array(Math.max(needed, this.#block.length * 2, 1_024));
      larger.set(this.#block.subarray(0, this.#length));
      this.#block = larger;
    }
    this.#block.set(bytes, this.#length);
    this.#length = needed;
  }

  bytes(): Uint8Array {
    return this.#block.subarray(0, this.#length);
  }
}
