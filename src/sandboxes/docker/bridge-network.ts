import { networkInterfaces } from 'node:os';
import { ClawBenchError } from '../../domain/errors.ts';
import type { DockerEngine } from './engine.ts';
import { statusOf } from './engine-error.ts';

const timeoutMs = 30_000;

/** Makes a network of our own on which containers do not see each other; one that exists is used as it is. */
export async function ensureBridgeNetwork(engine: DockerEngine, name: string): Promise<void> {
  await engine.call('make a network', timeoutMs, async (docker) => {
    const present = await docker.listNetworks({ filters: { name: [name] } });
    if (present.some((network) => network.Name === name)) return;
    await docker
      .createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Labels: { 'clawbench.network': name },
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      })
      .catch((thrown: unknown) => {
        // Another process made it in the meantime.
        if (statusOf(thrown) !== 409) throw thrown;
      });
  });
}

/** Takes a container off a network; it must not run. */
export async function leaveNetwork(engine: DockerEngine, name: string, containerId: string): Promise<void> {
  await engine.call('cut the network', timeoutMs, async (docker) => {
    await docker.getNetwork(name).disconnect({ Container: containerId, Force: true });
  });
}

/** Networks that are not the internet; routes to them are refused inside a sandbox whose network is open. */
const privateNetworks = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/**
 * Makes this host, its private networks and neighbours unreachable from a started container on a bridge network, by routes in
 * the container's own network namespace which the agent has no right to change. Done by a short-lived container of ours.
 * @param imageDigest an image with busybox, ours.
 */
export async function refuseHostRoutes(
  engine: DockerEngine,
  options: {
    readonly containerId: string;
    readonly imageDigest: string;
    readonly labels: Record<string, string>;
  },
): Promise<void> {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? [])
      .filter((entry) => entry.family === 'IPv4' && !entry.internal)
      .map((entry) => `${entry.address}/32`),
  );
  const routes = [...privateNetworks, ...new Set(own)].map((route) => `ip route add prohibit ${route}`);
  const id = await engine.createContainer({
    Image: options.imageDigest,
    User: '0',
    // The subnet's own route is more specific than the private networks: it goes last, the way out keeps its gateway.
    Entrypoint: ['/bin/busybox', 'sh', '-ec', `${routes.join('\n')}\n${refuseNeighbours}`],
    Cmd: [],
    Labels: options.labels,
    HostConfig: {
      NetworkMode: `container:${options.containerId}`,
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none', Config: {} },
      ReadonlyRootfs: true,
    },
  });
  try {
    await engine.start(id);
    const status = await engine.wait(id, timeoutMs);
    if (status !== 0)
      throw new ClawBenchError('unavailable', 'the routes to this host could not be closed in a sandbox');
  } finally {
    await engine.remove(id);
  }
}

/** Replaces the route to the subnet by one to the gateway as next hop only. */
const refuseNeighbours = `
gateway=$(ip route show default | awk '{ print $3; exit }')
[ "$gateway" ]
ip route show scope link | while read -r subnet rest; do
  ip route add prohibit "$gateway/32"
  ip route del "$subnet" dev eth0
  ip route add prohibit "$subnet"
done`;
