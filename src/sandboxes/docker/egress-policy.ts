import { BlockList, isIP } from 'node:net';

/** Where somebody inside wants to go. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

const allowedPorts = new Set([80, 443]);

/** Addresses that are not on the public internet: private, loopback, link-local (with cloud metadata), shared, test, multicast, reserved. */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(network, prefix, 'ipv4');

/** IPv6 outside 2000::/3 is not the public internet; these parts of it are not either. */
const publicIpv6 = new BlockList();
publicIpv6.addSubnet('2000::', 3, 'ipv6');
const notPublicIpv6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublicIpv6.addSubnet(network, prefix, 'ipv6');

/** True for an address of the public internet, in any spelling; embedded IPv4 addresses never count as public IPv6. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic.check(address, 'ipv4');
    case 6:
      return publicIpv6.check(address, 'ipv6') && !notPublicIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The host in the spelling that is compared: lower case, without brackets and the final dot. */
export function normaliseHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/**
 * Why a target is refused, or null when the allowlist has it.
 * @param allowed host names, `*.suffix` for everything below a name, or addresses written out.
 */
export function egressRefusal(target: EgressTarget, allowed: readonly string[]): string | null {
  if (!allowedPorts.has(target.port)) return 'port';
  const host = normaliseHost(target.host);
  const listed = allowed.map(normaliseHost).some((entry) => {
    if (entry.startsWith('*.')) return isIP(host) === 0 && host.endsWith(entry.slice(1));
    return entry === host;
  });
  return listed ? null : 'host';
}
