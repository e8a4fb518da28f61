import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
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
  const refused = [...privateNetworks, ...new Set(own)].map((route) => `ip route replace prohibit ${route}`);
  const resolvers = await nameServers();
  const allowed = resolvers
    .filter((address) => !own.includes(`${address}/32`))
    .map((address) => `ip route replace ${address}/32 via "$gateway"`);
  // The gateway is a next hop only for as long as the subnet has its own route, so what goes by it comes first.
  const routes = [readGateway, ...allowed, ...refused, refuseNeighbours].join('\n');
  const id = await engine.createContainer({
    Image: options.imageDigest,
    User: '0',
    Entrypoint: ['/bin/busybox', 'sh', '-ec', routes],
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

const readGateway = "gateway=$(ip route show default | awk '{ print $3; exit }')";

/** The subnet of the network itself: its gateway stays the next hop on the way out, but nobody on it is a destination. */
const refuseNeighbours =
  'ip route show scope link | while read -r subnet rest; do ip route replace prohibit "$subnet"; done';

/**
 * IPv4 resolvers of this host that are other machines: the engine asks them from inside the container, so they stay
 * reachable even where they have private addresses.
 */
async function nameServers(): Promise<readonly string[]> {
  const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const addresses = texts.flatMap((text) =>
    [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address ?? ''),
  );
  return [...new Set(addresses)].filter((address) => isIPv4(address) && !address.startsWith('127.'));
}
