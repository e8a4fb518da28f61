import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type {
  BuildContext,
  FoundSandbox,
  Preflight,
  Sandbox,
  SandboxCapabilities,
  SandboxImage,
  SandboxProvider,
  SandboxSpec,
} from '../sandbox.ts';
import { FakeFiles } from './fake-files.ts';
import type { FakeFaults, FakeInterpreter } from './fake-command.ts';
import { FakeSandbox } from './fake-sandbox.ts';

export interface FakeProviderOptions {
  readonly clock: Clock;
  readonly interpreter: FakeInterpreter;
  /** Files every image has: absolute path to text. */
  readonly imageFiles?: Readonly<Record<string, string>>;
  readonly faults?: FakeFaults;
}

/** A sandbox provider in memory: no process is started, commands are played by `interpreter`. */
export class FakeSandboxProvider implements SandboxProvider {
  readonly id = 'fake';
  readonly capabilities: SandboxCapabilities = {
    networkModes: ['none', 'gateway', 'allowlist', 'open'],
    build: true,
    maxMemoryMb: 1_000_000,
    maxCpus: 1_000,
  };
  readonly faults: FakeFaults;
  /** Every live sandbox by id. */
  readonly sandboxes = new Map<string, FakeSandbox>();
  readonly #options: FakeProviderOptions;
  #created = 0;

  constructor(options: FakeProviderOptions) {
    this.#options = options;
    this.faults = options.faults ?? {};
  }

  async preflight(): Promise<Preflight> {
    if (this.faults.start !== 'unavailable') return { kind: 'ready', detail: 'in memory' };
    return { kind: 'unavailable', reason: 'the fake engine is down', hint: 'Clear the fault.' };
  }

  async pullImage(reference: string, onProgress: (line: string) => void): Promise<SandboxImage> {
    this.#requireUp();
    onProgress(`pulled ${reference}`);
    return {
      reference,
      digest: `sha256:${Buffer.from(reference).toString('hex').padEnd(64, '0').slice(0, 64)}`,
    };
  }

  async buildImage(context: BuildContext, onProgress: (line: string) => void): Promise<SandboxImage> {
    this.#requireUp();
    if (!context.files.some((file) => file.path === 'Dockerfile'))
      throw new ClawBenchError('invalid-input', `${context.name} has no Dockerfile`);
    onProgress(`built ${context.name}`);
    return { reference: `fake/${context.name}`, digest: context.digest };
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    this.#requireUp();
    this.#created += 1;
    const id = this.#created.toString(16).padStart(12, '0');
    const image = Object.entries(this.#options.imageFiles ?? {});
    const files = new FakeFiles(
      image.map(([path, text]) => [path, { kind: 'file', bytes: Buffer.from(text), mode: 0o644 }]),
    );
    const sandbox = new FakeSandbox({
      id,
      spec,
      files,
      faults: this.faults,
      interpreter: this.#options.interpreter,
      clock: this.#options.clock,
      onRemoved: () => this.sandboxes.delete(id),
    });
    this.sandboxes.set(id, sandbox);
    return sandbox;
  }

  async list(instance: string): Promise<readonly FoundSandbox[]> {
    return [...this.sandboxes.values()]
      .filter((sandbox) => sandbox.spec.owner.instance === instance)
      .map((sandbox) => ({ id: sandbox.id, owner: sandbox.spec.owner, createdAt: sandbox.createdAt }));
  }

  async removeById(id: string): Promise<void> {
    await this.sandboxes.get(id)?.remove();
  }

  #requireUp(): void {
    if (this.faults.start === 'unavailable')
      throw new ClawBenchError('unavailable', 'the fake engine is down');
  }
}
