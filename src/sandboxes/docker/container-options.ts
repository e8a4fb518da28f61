import type { ContainerCreateOptions } from 'dockerode';
import type { SandboxOwner, SandboxSpec } from '../sandbox.ts';

/** Where the tools volume is in every sandbox. */
export const toolsPath = '/opt/clawbench';

/** Where the sockets of a sandbox that may reach the gateway are inside it. */
export const socketsPath = '/run/clawbench';

/** What starts the tool server, as main process and as further ones. */
export const toolServerCommand = [`${toolsPath}/busybox`, 'sh', `${toolsPath}/tool-server.sh`];

/** Loopback port of the egress proxy in a sandbox with an allowlist. */
export const egressProxyPort = 3128;

const labelNames = {
  instance: 'clawbench.instance',
  run: 'clawbench.run',
  trial: 'clawbench.trial',
  lease: 'clawbench.lease',
  sockets: 'clawbench.sockets',
} as const;

export const instanceLabel = labelNames.instance;
export const socketsLabel = labelNames.sockets;

/** Processes the tool servers and relays of a sandbox need beside the task's own. */
const ownProcesses = 32;

/**
 * What root may still do to files and processes of the sandbox itself. A process that is not root has none of these,
 * and `no-new-privileges` keeps it so.
 */
const rootCapabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'];

/** What the provider adds to the spec of a sandbox. */
export interface ContainerPlan {
  readonly name: string;
  readonly spec: SandboxSpec;
  readonly toolsVolume: string;
  /** Host directory with the sandbox's sockets and its name for the label; null when it may reach nothing. */
  readonly sockets: { readonly hostPath: string; readonly name: string } | null;
  /** Name of a network, null for no network at all but loopback. */
  readonly network: string | null;
}

/** Engine API options of a sandbox's container: no capability for the agent, limits on all it can use up, nothing of the host. */
export function containerOptions(plan: ContainerPlan): ContainerCreateOptions {
  const { spec } = plan;
  const memory = spec.memoryMb * 1024 * 1024;
  return {
    name: plan.name,
    Image: spec.image.digest,
    // An engine takes every capability from the exec of a root user when the container's own user is not root.
    User: '0:0',
    // The tool server enters the work directory itself: a task may delete it, and the container must start again all the same.
    WorkingDir: '/',
    Entrypoint: toolServerCommand,
    Cmd: [],
    Env: Object.entries(environmentOf(spec)).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...ownerLabels(spec.owner),
      ...(plan.sockets ? { [socketsLabel]: plan.sockets.name } : {}),
    },
    OpenStdin: true,
    // The container ends by itself when the service that holds its input dies.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    StopSignal: 'SIGKILL',
    Healthcheck: { Test: ['NONE'] },
    NetworkDisabled: plan.network === null,
    HostConfig: {
      Init: true,
      CapDrop: ['ALL'],
      CapAdd: rootCapabilities,
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: spec.pids + ownProcesses,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(spec.cpus * 1e9),
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'nofile', Soft: 8_192, Hard: 16_384 },
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      IpcMode: 'private',
      NetworkMode: plan.network ?? 'none',
      Mounts: [
        { Type: 'volume', Source: plan.toolsVolume, Target: toolsPath, ReadOnly: true },
        ...(plan.sockets
          ? [{ Type: 'bind' as const, Source: plan.sockets.hostPath, Target: socketsPath, ReadOnly: true }]
          : []),
      ],
    },
  };
}

function environmentOf(spec: SandboxSpec): Readonly<Record<string, string>> {
  if (spec.network.mode !== 'allowlist') return spec.env;
  const proxy = `http://127.0.0.1:${egressProxyPort}`;
  const direct = 'localhost,127.0.0.1,::1';
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    ...spec.env,
  };
}

function ownerLabels(owner: SandboxOwner): Readonly<Record<string, string>> {
  return {
    [labelNames.instance]: owner.instance,
    [labelNames.run]: owner.runId,
    [labelNames.trial]: owner.trialId,
    [labelNames.lease]: String(owner.leaseToken),
  };
}

/** The owner a sandbox was made for, read back from its labels; null when they are not ours. */
export function ownerFromLabels(labels: Readonly<Record<string, string>>): SandboxOwner | null {
  const instance = labels[labelNames.instance];
  const runId = labels[labelNames.run];
  const trialId = labels[labelNames.trial];
  const leaseToken = Number(labels[labelNames.lease]);
  if (instance === undefined || runId === undefined || trialId === undefined) return null;
  return { instance, runId, trialId, leaseToken: Number.isInteger(leaseToken) ? leaseToken : 0 };
}

/** `clawbench-<instance>-<trial>-<lease>-<suffix>`, with the characters the engine allows in names. */
export function containerName(owner: SandboxOwner, suffix: string): string {
  const wanted = `clawbench-${owner.instance}-${owner.trialId}-${owner.leaseToken}-${suffix}`;
  return wanted.replaceAll(/[^a-zA-Z0-9_.-]/g, '_').slice(0, 200);
}

/** True when the user of a container is root, as the engine understands it. */
export function isRootUser(user: string): boolean {
  return ['', '0', 'root'].includes(user.split(':')[0] ?? '');
}
