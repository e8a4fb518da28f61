import type { NetworkPolicy } from '../domain/network-policy.ts';
import { resolveTemplates } from './env-template.ts';
import { taskFileSchema, type WrittenTaskFile } from './task-file-schema.ts';
import { networkOf } from './task-network.ts';
import { faultAt, readToml, type DocumentReading, type FileFault } from './toml-document.ts';
import { unsupportedKeys } from './unsupported-keys.ts';

/** A task's settings with every default and legacy key settled. Times in milliseconds. */
export interface TaskSettings {
  readonly title: string | null;
  readonly difficulty: string;
  readonly category: string;
  readonly agentTimeoutMs: number;
  readonly verifierTimeoutMs: number;
  readonly buildTimeoutMs: number;
  /** A prebuilt image, which wins over a Dockerfile, as in Harbor. */
  readonly dockerImage: string | null;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly network: NetworkPolicy;
  readonly env: Readonly<Record<string, string>>;
  readonly verifierEnv: Readonly<Record<string, string>>;
  readonly workdir: string | null;
  readonly agentUser: string | null;
  readonly answerPath: string | null;
  /** Path in the task's folder of the script that makes a trial's own files. */
  readonly preparePath: string | null;
}

/** Takes one fault or warning about a key of the file being read. */
export type KeyReport = (path: readonly PropertyKey[], message: string) => void;

/** Harbor leaves an agent without a limit where none is given; nothing here runs without one. */
const longestAgentTimeoutSec = 86_400;
const defaultTimeoutSec = 600;
/** Harbor leaves these to the provider; the sizes most published tasks ask for. */
const defaultCpus = 1;
const defaultMemoryMb = 2_048;
const ownSection = 'clawbench';

/**
 * Reads a `task.toml` of schema 1.x. Keys Harbor would ignore are tolerated and reported as warnings; what this version
 * cannot honour is a fault that names the key. `hostVariables` are all that `${NAME}` in an `env` may stand for.
 */
export function readTaskFile(
  source: string,
  hostVariables: Readonly<Record<string, string>>,
): DocumentReading<TaskSettings> {
  const reading = readToml(source, taskFileSchema, (section) => section[0] !== ownSection);
  if (reading.kind === 'faulty') return reading;
  const faults: FileFault[] = [];
  const warnings = [...reading.warnings];
  const fault: KeyReport = (path, message) => void faults.push(faultAt(source, path, message));
  const warn: KeyReport = (path, message) => void warnings.push(faultAt(source, path, message));
  for (const { path, why } of unsupportedKeys(reading.value)) fault(path, why);
  checkVersion(reading.value, fault);
  warnOfDifferences(reading.value, warn);
  const value = settle(reading.value, hostVariables, fault);
  return faults.length > 0 ? { kind: 'faulty', faults } : { kind: 'read', value, warnings };
}

function settle(
  file: WrittenTaskFile,
  hostVariables: Readonly<Record<string, string>>,
  fault: KeyReport,
): TaskSettings {
  const environment = file.environment ?? {};
  sizeMb(environment, 'storage', fault);
  const env = (values: Readonly<Record<string, string>> | undefined, path: readonly string[]) =>
    resolveTemplates(values ?? {}, hostVariables, (name, message) => fault([...path, name], message));
  return {
    title: textOf(file.metadata?.['title']),
    difficulty: textOf(file.metadata?.['difficulty']) ?? 'unknown',
    category: textOf(file.metadata?.['category']) ?? 'unknown',
    agentTimeoutMs: timeout(
      file.agent?.timeout_sec ?? longestAgentTimeoutSec,
      ['agent', 'timeout_sec'],
      fault,
    ),
    verifierTimeoutMs: timeout(
      file.verifier?.timeout_sec ?? defaultTimeoutSec,
      ['verifier', 'timeout_sec'],
      fault,
    ),
    buildTimeoutMs: timeout(
      environment.build_timeout_sec ?? defaultTimeoutSec,
      ['environment', 'build_timeout_sec'],
      fault,
    ),
    dockerImage: environment.docker_image ?? null,
    cpus: environment.cpus ?? defaultCpus,
    memoryMb: sizeMb(environment, 'memory', fault) ?? defaultMemoryMb,
    network: networkOf(file, fault),
    env: env(environment.env, ['environment', 'env']),
    verifierEnv: env(file.verifier?.env, ['verifier', 'env']),
    workdir: environment.workdir ?? null,
    agentUser: file.agent?.user === undefined ? null : String(file.agent.user),
    answerPath: file.clawbench?.answer_path ?? null,
    preparePath: file.clawbench?.prepare ?? null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function timeout(seconds: number, path: readonly string[], fault: KeyReport): number {
  if (seconds > longestAgentTimeoutSec) fault(path, `must be at most ${longestAgentTimeoutSec} seconds`);
  return Math.ceil(seconds * 1_000);
}

function checkVersion(file: WrittenTaskFile, fault: KeyReport): void {
  if (
    file.version !== undefined &&
    file.schema_version !== undefined &&
    file.version !== file.schema_version
  ) {
    fault(['version'], 'is the old name of schema_version and says something else');
  }
  const key = file.schema_version === undefined ? 'version' : 'schema_version';
  const version = file[key];
  if (version !== undefined && !/^1(\.\d{1,3})?$/.test(version)) {
    fault([key], `is "${version}"; this version of ClawBench reads schema 1.x`);
  }
}

/** What is accepted and works differently from Harbor. */
function warnOfDifferences(file: WrittenTaskFile, warn: KeyReport): void {
  const { environment } = file;
  if (file.agent?.timeout_sec === undefined) {
    warn(
      ['agent', 'timeout_sec'],
      `is not set; the agent is stopped after ${longestAgentTimeoutSec} seconds`,
    );
  }
  for (const key of ['storage', 'storage_mb'] as const) {
    if (environment?.[key] !== undefined) warn(['environment', key], 'is not enforced');
  }
  const open = environment?.allow_internet ?? environment?.network_mode !== 'no-network';
  if (open && file.verifier?.network_mode === undefined) {
    warn(['verifier', 'network_mode'], 'is not set; the verifier runs without a network all the same');
  }
}

/** The newer `<name>_mb`, or the legacy `<name> = "2G"`; both at once is a fault. */
function sizeMb(
  environment: NonNullable<WrittenTaskFile['environment']>,
  name: 'memory' | 'storage',
  fault: KeyReport,
): number | undefined {
  const legacy = environment[name];
  const current = environment[`${name}_mb`];
  if (legacy === undefined) return current;
  if (current !== undefined) fault(['environment', name], `conflicts with ${name}_mb; keep ${name}_mb`);
  const match = /^(\d{1,6}(?:\.\d{1,3})?)\s*([KMGT])i?B?$/i.exec(legacy.trim());
  const perUnit: Readonly<Record<string, number>> = { K: 1 / 1_024, M: 1, G: 1_024, T: 1_048_576 };
  const size =
    match?.[2] === undefined ? 0 : Math.floor(Number(match[1]) * (perUnit[match[2].toUpperCase()] ?? 0));
  if (size < 1) fault(['environment', name], `is "${legacy}"; expected a size like "2G" or "512M"`);
  return size;
}
