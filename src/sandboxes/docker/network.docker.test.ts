import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDockerWorld } from '../../../tests/world/docker-sandboxes.ts';
import type { NetworkPolicy } from '../../domain/network-policy.ts';
import type { Sandbox, SandboxSession } from '../sandbox.ts';
import { execIn, sandboxSpec, type SandboxHarness } from '../sandbox.contract.ts';

/** A public address no packet is sent to: the proxy's way out is played. */
const publicAddress = '93.184.216.34';
const names: Record<string, readonly string[]> = {
  'allowed.example': [publicAddress],
  'sub.wild.example': [publicAddress],
  'inside.example': ['10.0.0.5'],
  'mixed.example': [publicAddress, '169.254.169.254'],
};

let listener: Server;
let listenerPort = 0;
const dialled: string[] = [];

const world = openDockerWorld({
  resolveHost: async (host) => names[host] ?? [],
  connectOut: (address, port) => {
    dialled.push(`${address}:${port}`);
    return connect(listenerPort, '127.0.0.1');
  },
});
const harness: SandboxHarness = {
  name: 'docker',
  instance: world.instance,
  provider: world.provider,
  unreachable: world.provider,
  image: () => world.image(),
};

beforeAll(async () => {
  // On every address of this host: what an isolation that is not one would reach.
  listener = createServer((request, response) => response.end(`host answered ${request.url}`));
  await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
  listenerPort = portOf(listener);
});

afterAll(async () => {
  await world.close();
  listener.closeAllConnections();
  listener.close();
});

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function withSandbox(
  network: NetworkPolicy,
  work: (session: SandboxSession, sandbox: Sandbox) => Promise<void>,
) {
  const sandbox = await world.provider.create(
    await sandboxSpec(harness, {
      network,
      endpoints: network.mode === 'none' ? [] : [{ port: 4010, target: `http://127.0.0.1:${listenerPort}` }],
    }),
  );
  try {
    await work(sandbox.session(), sandbox);
  } finally {
    await sandbox.remove();
  }
}

async function output(session: SandboxSession, command: string): Promise<string> {
  const { stdout, stderr } = await execIn(session, command, { timeoutMs: 30_000 });
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const hostAddresses = Object.values(networkInterfaces()).flatMap((entries) =>
  (entries ?? []).filter((entry) => entry.family === 'IPv4').map((entry) => entry.address),
);

/** Tries each address from inside; prints `reached` for one that accepts. */
function probe(targets: readonly string[]): string {
  const attempts = targets.map((target) => {
    const [host, port] = target.split(':');
    return `timeout 2 bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>/dev/null && echo "reached ${target}"`;
  });
  return `${attempts.join('\n')}\ntrue`;
}

describe('network none', () => {
  test('there is loopback and nothing else', async () => {
    await withSandbox({ mode: 'none' }, async (session) => {
      expect((await output(session, 'ls /sys/class/net')).trim()).toBe('lo');
      const targets = [...hostAddresses.filter((address) => address !== '127.0.0.1'), '172.17.0.1'];
      expect(await output(session, probe(targets.map((address) => `${address}:${listenerPort}`)))).toBe('');
      expect(await output(session, probe([`127.0.0.1:${listenerPort}`, '127.0.0.1:4010']))).toBe('');
      expect(await output(session, 'getent hosts example.com || echo unresolved')).toContain('unresolved');
      expect(await output(session, 'ls /run/clawbench 2>&1')).toContain('No such file');
    });
  });
});

describe('network gateway', () => {
  test('only the endpoint is reached: no other host port, bridge, neighbour, name or the internet', async () => {
    await withSandbox({ mode: 'gateway' }, async (session) => {
      expect(await output(session, 'curl -s http://127.0.0.1:4010/hello')).toBe('host answered /hello');
      expect((await output(session, 'ls /sys/class/net')).trim()).toBe('lo');
      const others = [...hostAddresses, '172.17.0.1', '172.18.0.1', '169.254.169.254', '1.1.1.1'];
      expect(await output(session, probe(others.map((address) => `${address}:${listenerPort}`)))).toBe('');
      expect(
        await output(session, probe(others.flatMap((address) => [`${address}:22`, `${address}:80`]))),
      ).toBe('');
      expect(await output(session, 'getent hosts example.com || echo unresolved')).toContain('unresolved');
    });
  });

  test('neighbours have loopbacks of their own and see no sockets but their own', async () => {
    await withSandbox({ mode: 'gateway' }, async (first) => {
      await execIn(first, 'cd /tmp && python3 -m http.server 9000 >/dev/null 2>&1 &');
      await withSandbox({ mode: 'gateway' }, async (second) => {
        expect(await output(second, probe(['127.0.0.1:9000']))).toBe('');
        expect((await output(second, 'ls /run/clawbench')).trim()).toBe('4010.sock');
        expect(await output(second, 'touch /run/clawbench/x; rm /run/clawbench/4010.sock')).toMatch(
          /Read-only/,
        );
      });
    });
  });

  test('large answers and slow readers get through, many at a time', async () => {
    await withSandbox({ mode: 'gateway' }, async (session) => {
      const command = 'for n in $(seq 20); do curl -s http://127.0.0.1:4010/$n & done; wait';
      const answers = (await output(session, command)).match(/host answered \/\d+/g) ?? [];
      expect(answers).toHaveLength(20);
    });
  });

  test('the way out survives a sandbox killed from inside and ends with the seal', async () => {
    await withSandbox({ mode: 'gateway' }, async (session, sandbox) => {
      await execIn(session, 'kill -9 -1');
      expect(await output(session, 'curl -s http://127.0.0.1:4010/again')).toBe('host answered /again');
      const sealed = await sandbox.seal();
      expect(
        await output(sealed.session, '/usr/bin/curl -s -m 2 http://127.0.0.1:4010/sealed || echo cut'),
      ).toBe('cut\n');
      const direct = '/usr/bin/curl -s -m 2 --unix-socket /run/clawbench/4010.sock http://x/ || echo cut';
      expect(await output(sealed.session, direct)).toBe('cut\n');
    });
    expect(existsSync(world.runtimeDir) ? readdirSync(world.runtimeDir) : []).toEqual([]);
  });

  test('an endpoint that is not on this host is refused, and nothing is left behind', async () => {
    const spec = await sandboxSpec(harness, {
      network: { mode: 'gateway' },
      endpoints: [{ port: 4010, target: 'http://192.168.1.1:80' }],
    });
    await expect(world.provider.create(spec)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await world.provider.list(world.instance)).toEqual([]);
    expect(readdirSync(world.runtimeDir)).toEqual([]);
  });
});

describe('network allowlist', () => {
  test('the proxy goes to listed hosts only, never to private addresses or odd ports', async () => {
    const policy: NetworkPolicy = {
      mode: 'allowlist',
      hosts: ['allowed.example', '*.wild.example', 'inside.example', 'mixed.example'],
    };
    await withSandbox(policy, async (session) => {
      const curl = 'curl -s -m 10 -o /dev/null -w "%{http_code} %{http_connect}\\n"';
      expect(await output(session, 'curl -s http://allowed.example/page')).toBe('host answered /page');
      expect(await output(session, 'curl -s http://sub.wild.example/')).toBe('host answered /');
      expect(dialled).toEqual([`${publicAddress}:80`, `${publicAddress}:80`]);
      for (const url of [
        'http://other.example/',
        'http://wild.example/',
        'http://inside.example/',
        'http://mixed.example/',
      ])
        expect(await output(session, `${curl} ${url}`)).toBe('403 000\n');
      for (const url of [
        `http://allowed.example:${listenerPort}/`,
        'http://127.0.0.2/',
        'http://169.254.169.254/',
        'http://[::1]/',
        'http://0x7f.1/',
      ])
        expect(await output(session, `${curl} --noproxy "" ${url}`)).toBe('403 000\n');
      for (const target of ['allowed.example:22', 'other.example:443', 'inside.example:443'])
        expect(await output(session, `${curl} -p -x $HTTP_PROXY http://${target}/`)).toBe('000 403\n');
      expect(await output(session, 'curl -s -p -x $HTTP_PROXY http://allowed.example:443/tunnel')).toBe(
        'host answered /tunnel',
      );
      expect(dialled).toHaveLength(3);
      expect(await output(session, 'curl -s http://127.0.0.1:4010/gateway')).toBe('host answered /gateway');
    });
    const decisions = world.logged.map(({ message, fields }) => [
      message,
      fields?.['host'],
      fields?.['reason'],
    ]);
    expect(decisions).toContainEqual(['egress allowed', 'allowed.example', undefined]);
    expect(decisions).toContainEqual(['egress refused', 'inside.example', 'private-address']);
    expect(decisions).toContainEqual(['egress refused', 'other.example', 'host']);
    expect(decisions).toContainEqual(['egress refused', 'allowed.example', 'port']);
  });
});

describe('network open', () => {
  test('there is a way out, but none to this host or a neighbour', async () => {
    await withSandbox({ mode: 'open' }, async (session, sandbox) => {
      expect((await output(session, 'ls /sys/class/net')).trim().split('\n')).toEqual(['eth0', 'lo']);
      const gateway = (
        await output(session, 'awk \'$2 == "00000000" { print $3; exit }\' /proc/net/route')
      ).trim();
      expect(gateway).toMatch(/^[0-9A-F]{8}$/);
      const others = [
        ...hostAddresses.filter((address) => address !== '127.0.0.1'),
        dotted(gateway),
        '172.17.0.1',
      ];
      expect(await output(session, probe(others.map((address) => `${address}:${listenerPort}`)))).toBe('');
      await withSandbox({ mode: 'open' }, async (neighbour) => {
        await execIn(neighbour, 'python3 -m http.server 9000 --bind 0.0.0.0 >/dev/null 2>&1 &');
        const address = (await output(neighbour, 'hostname -i')).trim();
        expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
        expect(await output(session, probe([`${address}:9000`]))).toBe('');
      });
      expect(await output(session, 'curl -s http://127.0.0.1:4010/x')).toBe('host answered /x');
      expect(await output(session, 'ip route 2>&1; grep CapEff /proc/self/status')).toContain(
        'CapEff:\t0000000000000000',
      );
      const sealed = await sandbox.seal();
      expect((await output(sealed.session, 'ls /sys/class/net')).trim()).toBe('lo');
    });
  });
});

/** The address in the kernel's little-endian hexadecimal form. */
function dotted(hexadecimal: string): string {
  return (hexadecimal.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
