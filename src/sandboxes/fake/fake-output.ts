import type { ExecResult, ExecSpec } from '../sandbox.ts';

/** Collects the output of one scripted command under the byte cap of its spec. */
export class FakeOutput {
  readonly #spec: ExecSpec;
  readonly #kept: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  #room: number;
  #dropped = 0;
  #open = true;

  constructor(spec: ExecSpec) {
    this.#spec = spec;
    this.#room = spec.maxOutputBytes;
  }

  write(stream: 'stdout' | 'stderr', data: string | Uint8Array): void {
    const bytes = Buffer.from(data);
    if (!this.#open || bytes.length === 0) return;
    const kept = bytes.subarray(0, this.#room);
    this.#room -= kept.length;
    this.#dropped += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.#kept[stream].push(kept);
    this.#spec.onOutput?.({ stream, bytes: kept });
  }

  /** What is written from now on belongs to nobody. */
  close(): void {
    this.#open = false;
  }

  result(): Pick<ExecResult, 'stdout' | 'stderr' | 'droppedBytes'> {
    return {
      stdout: Buffer.concat(this.#kept.stdout),
      stderr: Buffer.concat(this.#kept.stderr),
      droppedBytes: this.#dropped,
    };
  }
}
