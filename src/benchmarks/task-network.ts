import { isIP } from 'node:net';
import type { NetworkPolicy } from '../domain/network-policy.ts';
import type { WrittenTaskFile } from './task-file-schema.ts';

const label = '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const hostName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/** Whether an allowlist may name `host`: a host name, `*.suffix`, an IP address or a CIDR range; no URL, port or path. */
export function isAllowedHost(host: string): boolean {
  const [address = '', bits, ...rest] = host.split('/');
  const version = isIP(address);
  if (bits === undefined) return version > 0 || (host.length <= 253 && hostName.test(host));
  return (
    rest.length === 0 && version > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
  );
}

/**
 * The network of the agent's sandbox: the agent section's setting, else the environment's, else open as in Harbor.
 * `fault` gets the key and what is wrong with it.
 */
export function networkOf(
  file: WrittenTaskFile,
  fault: (path: readonly PropertyKey[], message: string) => void,
): NetworkPolicy {
  const environment = file.environment ?? {};
  if (environment.allow_internet !== undefined && environment.network_mode !== undefined) {
    fault(['environment', 'allow_internet'], 'conflicts with network_mode; keep network_mode');
  }
  const baseline =
    environment.network_mode ?? (environment.allow_internet === false ? 'no-network' : 'public');
  const mode = file.agent?.network_mode ?? baseline;
  const hosts = file.agent?.allowed_hosts ?? environment.allowed_hosts ?? [];
  for (const [section, sectionMode] of [['environment', baseline] as const, ['agent', mode] as const]) {
    const named = file[section]?.allowed_hosts ?? [];
    if (named.length > 0 && sectionMode !== 'allowlist') {
      fault([section, 'allowed_hosts'], 'needs network_mode = "allowlist"');
    }
    for (const host of named.filter((name) => !isAllowedHost(name))) {
      fault([section, 'allowed_hosts'], `"${host}" is not a host name, *.suffix, address or CIDR range`);
    }
  }
  if (mode === 'public') return { mode: 'open' };
  if (mode === 'no-network') return { mode: 'none' };
  if (hosts.length === 0) fault(['environment', 'network_mode'], 'is "allowlist" without any allowed_hosts');
  return { mode: 'allowlist', hosts };
}
