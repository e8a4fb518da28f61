import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log, LogFields } from '../../src/telemetry/log.ts';
import {
  createDockerProvider,
  type DockerProviderOptions,
} from '../../src/sandboxes/docker/docker-provider.ts';
import type { BuildContext, SandboxImage, SandboxProvider } from '../../src/sandboxes/sandbox.ts';

/** A Docker provider of a test file's own, with its log lines and a place for its sockets. */
export interface DockerWorld {
  readonly instance: string;
  readonly provider: SandboxProvider;
  readonly runtimeDir: string;
  readonly logged: LoggedLine[];
  /** An image on the base with a file `/etc/clawbench-contract`; built once on this machine. */
  image(): Promise<SandboxImage>;
  /** Removes what is left of the file's sandboxes. */
  close(): Promise<void>;
}

export interface LoggedLine {
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A build context with a digest of what it holds. */
export function buildContext(name: string, dockerfile: string): BuildContext {
  const files = [{ path: 'Dockerfile', bytes: Buffer.from(dockerfile) }];
  const digest = `sha256:${createHash('sha256').update(dockerfile).digest('hex')}`;
  return { name, digest, files, timeoutMs: 60_000 };
}

export function openDockerWorld(options: Partial<DockerProviderOptions> = {}): DockerWorld {
  const instance = `test-${randomBytes(4).toString('hex')}`;
  const runtimeDir = mkdtempSync(join(tmpdir(), 'clawbench-run-'));
  const logged: LoggedLine[] = [];
  const provider = createDockerProvider({
    instance,
    runtimeDir,
    clock: { now: () => Date.now() },
    log: arrayLog(logged),
    ...options,
  });
  return {
    instance,
    provider,
    runtimeDir,
    logged,
    image: () => provider.buildImage(buildContext('contract', contractDockerfile), () => {}),
    async close() {
      for (const { id } of await provider.list(instance)) await provider.removeById(id);
      rmSync(runtimeDir, { recursive: true, force: true });
    },
  };
}

const contractDockerfile = 'FROM clawbench-base\nRUN printf original >/etc/clawbench-contract\n';

function arrayLog(lines: LoggedLine[]): Log {
  const add = (message: string, fields?: LogFields): void => {
    lines.push({ message, fields });
  };
  const log: Log = { debug: add, info: add, warn: add, error: add, with: () => log };
  return log;
}
