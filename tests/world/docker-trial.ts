import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verification } from '../../src/benchmarks/benchmark.ts';
import type { CheckableBenchmark } from '../../src/benchmarks/harbor-benchmark.ts';
import type { Task } from '../../src/domain/task.ts';
import { createDockerProvider } from '../../src/sandboxes/docker/docker-provider.ts';
import type { SandboxProvider, SandboxSession, SealedSandbox } from '../../src/sandboxes/sandbox.ts';
import type { Log } from '../../src/telemetry/log.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

/** The Docker Engine of this machine for one test file; `close` removes every sandbox the file left. */
export interface DockerWorld {
  readonly provider: SandboxProvider;
  readonly instance: string;
  close(): Promise<void>;
}

export async function startDockerWorld(): Promise<DockerWorld> {
  const instance = `test-${randomBytes(4).toString('hex')}`;
  const runtimeDir = await mkdtemp(join(tmpdir(), 'cb-'));
  const provider = createDockerProvider({
    instance,
    runtimeDir,
    clock: { now: () => Date.now() },
    log: silent,
  });
  return {
    provider,
    instance,
    close: async () => {
      for (const { id } of await provider.list(instance)) await provider.removeById(id);
      await rm(runtimeDir, { recursive: true, force: true });
    },
  };
}

/** What happens in one trial besides being prepared, sealed and verified. */
export interface TrialActs {
  readonly asRoot?: boolean;
  readonly act?: (session: SandboxSession, nonce: string) => Promise<void>;
  /** After the seal and before the verification. */
  readonly sealed?: (sealed: SealedSandbox) => Promise<void>;
  /** After the verification. */
  readonly after?: (sealed: SealedSandbox) => Promise<void>;
}

/** Runs one trial of a task the way the control plane does, and removes its sandbox. */
export async function tryTask(
  world: DockerWorld,
  benchmark: CheckableBenchmark,
  task: Task,
  acts: TrialActs,
): Promise<Verification> {
  const nonce = randomBytes(16).toString('hex');
  const materialised = await benchmark.materialise(task, nonce);
  if (materialised.image.kind !== 'build') throw new Error(`${task.id} has no Dockerfile`);
  const image = await world.provider.buildImage(materialised.image.context, () => {});
  const { cpus, memoryMb, network, workdir, agentUser } = task.environment;
  const user = acts.asRoot ? 'root' : agentUser;
  const sandbox = await world.provider.create({
    image,
    owner: { instance: world.instance, runId: 'run', trialId: nonce, leaseToken: 1 },
    cpus,
    memoryMb,
    pids: 128,
    network,
    env: materialised.env,
    workdir,
    agentUser: user,
    endpoints: [],
  });
  try {
    const session = sandbox.session();
    await materialised.prepare(session);
    await acts.act?.(session, nonce);
    const sealed = await sandbox.seal();
    await acts.sealed?.(sealed);
    const asRun = { ...task, environment: { ...task.environment, agentUser: user } };
    const verification = await benchmark.verify(asRun, nonce, sealed);
    await acts.after?.(sealed);
    return verification;
  } finally {
    await sandbox.remove();
  }
}
