import { expect, test } from 'vitest';
import { readTaskFile, type TaskSettings } from './task-file.ts';
import type { FileFault } from './toml-document.ts';

function settings(source: string, hostVariables: Readonly<Record<string, string>> = {}): TaskSettings {
  const reading = readTaskFile(source, hostVariables);
  if (reading.kind === 'faulty') throw new Error(JSON.stringify(reading.faults));
  return reading.value;
}

function faults(source: string): readonly FileFault[] {
  const reading = readTaskFile(source, { ALLOWED: 'yes' });
  return reading.kind === 'faulty' ? reading.faults : [];
}

function warnings(source: string): readonly FileFault[] {
  const reading = readTaskFile(source, {});
  return reading.kind === 'read' ? reading.warnings : [];
}

const published = `
version = "1.0"

[metadata]
author_name = "Someone"
difficulty = "medium"
category = "software-engineering"
tags = ["git"]
expert_time_estimate_min = 30.0

[verifier]
timeout_sec = 900.0

[agent]
timeout_sec = 1800.0

[environment]
build_timeout_sec = 600.0
docker_image = "example/fix-git:20251031"
cpus = 2
memory = "4G"
storage = "10G"
`;

test('a task as they are published reads with its legacy keys', () => {
  expect(settings(published)).toEqual({
    title: null,
    difficulty: 'medium',
    category: 'software-engineering',
    agentTimeoutMs: 1_800_000,
    verifierTimeoutMs: 900_000,
    buildTimeoutMs: 600_000,
    dockerImage: 'example/fix-git:20251031',
    cpus: 2,
    memoryMb: 4_096,
    network: { mode: 'open' },
    env: {},
    verifierEnv: {},
    workdir: null,
    agentUser: null,
    answerPath: null,
    preparePath: null,
  });
  expect(warnings(published).map(({ key }) => key)).toEqual(['environment.storage', 'verifier.network_mode']);
});

test('an empty file has defaults for everything', () => {
  expect(settings('')).toMatchObject({
    agentTimeoutMs: 86_400_000,
    verifierTimeoutMs: 600_000,
    memoryMb: 2_048,
  });
});

test.each([
  ['network_mode = "no-network"', { mode: 'none' }],
  ['network_mode = "public"', { mode: 'open' }],
  ['allow_internet = false', { mode: 'none' }],
  ['allow_internet = true', { mode: 'open' }],
  [
    'network_mode = "allowlist"\nallowed_hosts = ["example.org", "*.example.net", "192.0.2.0/24", "2001:db8::1"]',
    { mode: 'allowlist', hosts: ['example.org', '*.example.net', '192.0.2.0/24', '2001:db8::1'] },
  ],
])('the network of %j', (keys, network) => {
  expect(settings(`[environment]\n${keys}`).network).toEqual(network);
});

test('the agent may have another network than its environment', () => {
  const source = '[agent]\nnetwork_mode = "no-network"\n[environment]\nnetwork_mode = "public"';
  expect(settings(source).network).toEqual({ mode: 'none' });
});

test.each([
  ['TOML that does not parse', '[agent]\ntimeout_sec = \n', { line: 2, key: null }],
  ['a wrong type', '\n[environment]\ncpus = "two"\n', { line: 3, key: 'environment.cpus' }],
  ['a number that makes no sense', '[agent]\n\ntimeout_sec = -1\n', { line: 3, key: 'agent.timeout_sec' }],
  ['a dotted key', 'agent.timeout_sec = true\n', { line: 1, key: 'agent.timeout_sec' }],
  ['a newer schema', '# hello\nschema_version = "2.0"\n', { line: 2, key: 'schema_version' }],
  ['two versions', 'version = "1.0"\nschema_version = "1.1"', { line: 1, key: 'version' }],
  ['both sizes', '[environment]\nmemory_mb = 1\nmemory = "2G"', { line: 3, key: 'environment.memory' }],
  ['a size in words', '[environment]\nstorage = "lots"', { line: 2, key: 'environment.storage' }],
  [
    'both network keys',
    '[environment]\nallow_internet = true\nnetwork_mode = "public"',
    { line: 2, key: 'environment.allow_internet' },
  ],
  [
    'a URL among the hosts',
    '[environment]\nnetwork_mode = "allowlist"\nallowed_hosts = [\n  "https://example.org/",\n]',
    { line: 3, key: 'environment.allowed_hosts' },
  ],
  [
    'hosts without an allowlist',
    '[environment]\nallowed_hosts = ["example.org"]',
    { line: 2, key: 'environment.allowed_hosts' },
  ],
  ['a typing error in our own section', '[clawbench]\nanswer = "/x"', { line: 2, key: 'clawbench.answer' }],
  ['a script outside tests', '[clawbench]\nprepare = "tests/../x.py"', { line: 2, key: 'clawbench.prepare' }],
  [
    'a reserved variable',
    '[verifier.env]\nCLAWBENCH_NONCE = "x"',
    { line: 2, key: 'verifier.env.CLAWBENCH_NONCE' },
  ],
  ['several steps', '[[steps]]\nname = "one"', { line: 1, key: 'steps' }],
  ['GPUs', '[environment]\ngpus = 1', { line: 2, key: 'environment.gpus' }],
  ['Windows', '[environment]\nos = "windows"', { line: 2, key: 'environment.os' }],
  ['a verifier of its own', '[verifier.environment]\ncpus = 1', { line: 1, key: 'verifier.environment' }],
  ['a verifier that is not root', '[verifier]\nuser = "nobody"', { line: 2, key: 'verifier.user' }],
  [
    'a verifier with a network',
    '[verifier]\nnetwork_mode = "public"',
    { line: 2, key: 'verifier.network_mode' },
  ],
  [
    'a health check',
    '[environment.healthcheck]\ncommand = "true"',
    { line: 1, key: 'environment.healthcheck' },
  ],
  ['MCP servers', '[[environment.mcp_servers]]\nname = "x"', { line: 1, key: 'environment.mcp_servers' }],
  ['artifacts', 'artifacts = ["/app/out"]', { line: 1, key: 'artifacts' }],
])('%s is named with line and key', (_what, source, place) => {
  expect(faults(source)).toMatchObject([place]);
});

test('every fault is reported, not only the first', () => {
  expect(faults('[agent]\ntimeout_sec = "x"\n[environment]\ncpus = 0').map(({ line }) => line)).toEqual([
    2, 4,
  ]);
});

test('keys nobody knows are tolerated and told', () => {
  const source =
    '[agent]\ntimeout_secs = 5\ntimeout_sec = 6\n[environment]\nnetwork_mode = "no-network"\ncolour = "red"';
  expect(settings(source).agentTimeoutMs).toBe(6_000);
  expect(warnings(source)).toMatchObject([
    { line: 2, key: 'agent.timeout_secs' },
    { line: 6, key: 'environment.colour' },
  ]);
});

test('variables of the host are given only when they are allowed', () => {
  const source =
    '[environment.env]\nA = "${ALLOWED}!"\nB = "${MISSING:-default}"\nC = "${HOME:-}"\nD = "$HOME"';
  expect(settings(source, { ALLOWED: 'yes' }).env).toEqual({ A: 'yes!', B: 'default', C: '', D: '$HOME' });
  expect(faults('[environment.env]\nA = "${HOME}"')).toMatchObject([{ line: 2, key: 'environment.env.A' }]);
  expect(faults('[environment.env]\nA = "${constructor}"')).toHaveLength(1);
});

test('a key that would reach into objects is refused', () => {
  expect(faults('[environment.env]\n__proto__ = "x"')).toHaveLength(1);
});
