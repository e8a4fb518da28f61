import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { Sandbox, SandboxImage, SandboxSession, SandboxSpec, SealedSandbox } from '../sandbox.ts';
import type { FakeFiles } from './fake-files.ts';
import type { FakeFaults, FakeInterpreter } from './fake-command.ts';
import { FakeSession } from './fake-session.ts';

interface FakeSandboxParts {
  readonly id: string;
  readonly spec: SandboxSpec;
  readonly files: FakeFiles;
  readonly faults: FakeFaults;
  readonly interpreter: FakeInterpreter;
  readonly clock: Clock;
  readonly onRemoved: () => void;
}

/** One in-memory sandbox; tests may look at `files` and `spec`. */
export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly image: SandboxImage;
  readonly spec: SandboxSpec;
  readonly files: FakeFiles;
  readonly createdAt: number;
  readonly #parts: FakeSandboxParts;
  readonly #imageFiles: FakeFiles;
  #phase: 'running' | 'sealed' | 'removed' = 'running';

  constructor(parts: FakeSandboxParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.spec = parts.spec;
    this.image = parts.spec.image;
    this.files = parts.files;
    this.#imageFiles = parts.files.copy();
    this.createdAt = parts.clock.now();
  }

  session(): SandboxSession {
    return this.#session('agent', 'running');
  }

  async seal(): Promise<SealedSandbox> {
    if (this.#phase !== 'running')
      throw new ClawBenchError('conflict', `the sandbox is ${this.#phase} already and cannot be sealed`);
    if (this.#parts.faults.seal === 'unavailable')
      throw new ClawBenchError('unavailable', 'the sandbox could not be restarted');
    this.#phase = 'sealed';
    return {
      session: this.#session('root', 'sealed'),
      changedImageFiles: async () => this.#changedImageFiles(),
      restoreImageFiles: async (paths) => {
        for (const path of paths) this.#restore(path);
      },
    };
  }

  async remove(): Promise<void> {
    this.#phase = 'removed';
    this.#parts.onRemoved();
  }

  #session(user: 'agent' | 'root', phase: 'running' | 'sealed'): SandboxSession {
    const { spec, files, faults, interpreter, clock } = this.#parts;
    return new FakeSession({
      files,
      env: spec.env,
      workdir: spec.workdir ?? '/',
      user,
      faults,
      interpreter,
      clock,
      closed: () => (this.#phase === phase ? null : `it is ${this.#phase}`),
    });
  }

  #changedImageFiles(): readonly string[] {
    return this.#imageFiles
      .below('/')
      .filter(([path, original]) => original !== this.files.get(path))
      .map(([path]) => path)
      .slice(0, 10_000);
  }

  #restore(path: string): void {
    const original = this.#imageFiles.get(path);
    if (!original) return;
    this.files.remove(path);
    this.files.set(path, original);
  }
}
