import Docker from 'dockerode';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/main/pino-log.ts';
import { createDockerProvider } from '../../src/sandboxes/docker/docker-provider.ts';
import type { SandboxImage, SandboxProvider, SandboxSession } from '../../src/sandboxes/sandbox.ts';
import { median, quantile, type BenchRow } from './row.ts';

const rounds = 20;
const calls = 200;
const instance = 'test-bench';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** An Engine exec as a client without us makes it: create, start, read to the end, ask for the status. */
async function engineExec(container: Docker.Container): Promise<void> {
  const exec = await container.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  stream.resume();
  await new Promise((resolve) => stream.on('end', resolve));
  await exec.inspect();
}

/** The floor of a trial: one container without any network, one exec, gone. */
async function bareContainer(docker: Docker, image: SandboxImage): Promise<void> {
  const container = await docker.createContainer({
    Image: image.digest,
    Entrypoint: ['sleep', '60'],
    NetworkDisabled: true,
    Labels: { 'clawbench.instance': instance },
    HostConfig: { Init: true, LogConfig: { Type: 'none', Config: {} } },
  });
  try {
    await container.start();
    await engineExec(container);
  } finally {
    await container.remove({ force: true });
  }
}

async function run(session: SandboxSession): Promise<void> {
  const result = await session.exec({ command: 'true', timeoutMs: 10_000, maxOutputBytes: 1_000 });
  if (result.exitCode !== 0) throw new Error(`true ended with ${result.exitCode}`);
}

function start(provider: SandboxProvider, image: SandboxImage) {
  return provider.create({
    image,
    owner: { instance, runId: 'bench', trialId: 'bench', leaseToken: 1 },
    cpus: 1,
    memoryMb: 512,
    pids: 128,
    network: { mode: 'none' },
    env: {},
    workdir: '/app',
    agentUser: 'agent',
    endpoints: [],
  });
}

/** Everything a trial of an agent that does nothing needs of its sandbox: start, session, seal, verifier's session, removal. */
async function emptyTrial(provider: SandboxProvider, image: SandboxImage): Promise<void> {
  const sandbox = await start(provider, image);
  try {
    const sealed = await sandbox.seal();
    await run(sealed.session);
  } finally {
    await sandbox.remove();
  }
}

async function benchTrial(docker: Docker, provider: SandboxProvider, image: SandboxImage): Promise<BenchRow> {
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await timed(() => bareContainer(docker, image)));
    ours.push(await timed(() => emptyTrial(provider, image)));
  }
  const floor = { name: 'bare create, start, exec, remove', value: median(bare) };
  const value = median(ours);
  return {
    name: 'sandbox of a trial that does nothing',
    value,
    unit: 'ms',
    floor,
    ratio: value / floor.value,
    goal: { atMost: 2 },
  };
}

async function benchToolCall(
  docker: Docker,
  provider: SandboxProvider,
  image: SandboxImage,
): Promise<readonly BenchRow[]> {
  const sandbox = await start(provider, image);
  try {
    const container = docker.getContainer(sandbox.id);
    const session = sandbox.session();
    const engine: number[] = [];
    const ours: number[] = [];
    for (let call = 0; call < calls; call++) {
      if (call % 10 === 0) engine.push(await timed(() => engineExec(container)));
      ours.push(await timed(() => run(session)));
    }
    const floor = { name: 'Engine API exec', value: median(engine) };
    const value = median(ours);
    return [
      { name: 'tool call, p50', value, unit: 'ms', floor, ratio: value / floor.value, goal: { atMost: 0.1 } },
      { name: 'tool call, p99', value: quantile(ours, 0.99), unit: 'ms' },
    ];
  } finally {
    await sandbox.remove();
  }
}

/** Sandboxes on the local engine, against the bare Engine API in the same run, taking turns. */
export async function benchSandboxes(): Promise<readonly BenchRow[]> {
  const runtimeDir = mkdtempSync(join(tmpdir(), 'clawbench-bench-'));
  const docker = new Docker();
  const provider = createDockerProvider({
    instance,
    runtimeDir,
    clock: { now: () => Date.now() },
    log: silentLog,
  });
  try {
    const image = await provider.pullImage('clawbench-base', () => {});
    return [await benchTrial(docker, provider, image), ...(await benchToolCall(docker, provider, image))];
  } finally {
    rmSync(runtimeDir, { recursive: true });
  }
}
