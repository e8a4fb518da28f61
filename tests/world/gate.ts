import type { Sandbox, SandboxProvider } from '../../src/sandboxes/sandbox.ts';

/**
 * What one process may do to the world outside it. Closed, every call waits until a test lets it through, so that a
 * test chooses the order of everything; after `kill` no call goes through or comes back, as with `kill -9`.
 */
export class Gate {
  #waiting: (() => void)[] = [];
  #open = false;
  #dead = false;

  /** Lets one of the waiting calls through. */
  step(choice: number): void {
    const [release] = this.#waiting.splice(choice % Math.max(1, this.#waiting.length), 1);
    release?.();
  }

  open(): void {
    this.#open = true;
    for (const release of this.#waiting.splice(0)) release();
  }

  kill(): void {
    this.#dead = true;
    this.#waiting = [];
  }

  async call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#open || this.#dead) await new Promise<void>((resolve) => this.#wait(resolve));
    const result = await work();
    if (this.#dead) await new Promise<never>(() => {});
    return result;
  }

  #wait(resolve: () => void): void {
    if (!this.#dead) this.#waiting.push(resolve);
  }
}

/** The same object, with every method (all of them asynchronous) behind the gate. */
export function gated<Target extends object>(target: Target, gate: Gate): Target {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value === 'object' && value !== null) return gated(value, gate);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) =>
        gate.call(async () => {
          const result: unknown = await Reflect.apply(value, object, parameters);
          return result;
        });
    },
  });
}

/** A provider whose calls, and those of its sandboxes, go through the gate. */
export function gatedSandboxes(provider: SandboxProvider, gate: Gate): SandboxProvider {
  return {
    id: provider.id,
    capabilities: provider.capabilities,
    preflight: () => gate.call(() => provider.preflight()),
    pullImage: (reference, onProgress) => gate.call(() => provider.pullImage(reference, onProgress)),
    buildImage: (context, onProgress) => gate.call(() => provider.buildImage(context, onProgress)),
    create: (spec) => gate.call(async () => gatedSandbox(await provider.create(spec), gate)),
    list: (instance) => gate.call(() => provider.list(instance)),
    removeById: (id) => gate.call(() => provider.removeById(id)),
  };
}

function gatedSandbox(sandbox: Sandbox, gate: Gate): Sandbox {
  return {
    id: sandbox.id,
    image: sandbox.image,
    session: () => sandbox.session(),
    seal: () => gate.call(() => sandbox.seal()),
    remove: () => gate.call(() => sandbox.remove()),
  };
}
