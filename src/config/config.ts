import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ClawBenchError } from '../domain/errors.ts';

/** The GitHub App this service is. */
export interface GitHubConfig {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** One, or two while a secret is being rotated. */
  readonly webhookSecrets: readonly string[];
  readonly apiBaseUrl: string;
}

/** One model provider with its key. */
export interface ModelProviderConfig {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** Everything the environment says, checked once at start and frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Folder of the database, the keys and the run-time files. */
  readonly home: string;
  /** `postgres://…`; undefined means SQLite in {@link home}. */
  readonly databaseUrl: string | undefined;
  /** Where people reach this service; undefined means links are local. */
  readonly publicBaseUrl: string | undefined;
  /** Where the CLI finds the service. */
  readonly serviceUrl: string;
  readonly operatorToken: string | undefined;
  readonly secretKey: string | undefined;
  readonly maxConcurrentSandboxes: number;
  /** Unix socket of the Docker Engine on this machine. */
  readonly dockerSocket: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Undefined where no GitHub App is configured: the API and the CLI still work. */
  readonly github: GitHubConfig | undefined;
  readonly anthropic: ModelProviderConfig | undefined;
  readonly openai: ModelProviderConfig | undefined;
  /** Base URL of a scripted model server; results made with it can never be eligible. */
  readonly scriptedModelUrl: string | undefined;
  /** `provider/id` used when a request names no model. */
  readonly defaultModel: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const documented = {
  HOST: 'address to listen on; 127.0.0.1 unless set',
  PORT: 'port to listen on; 3000 unless set',
  CLAWBENCH_HOME: 'folder of the database, keys and run-time files; ~/.local/share/clawbench unless set',
  DATABASE_URL: 'postgres://… for PostgreSQL; SQLite in CLAWBENCH_HOME unless set',
  PUBLIC_BASE_URL: 'where people reach this service, for links in comments',
  CLAWBENCH_URL: 'where the CLI finds the service; http://127.0.0.1:PORT unless set',
  CLAWBENCH_TOKEN: 'operator token; made at first start and kept in CLAWBENCH_HOME unless set',
  CLAWBENCH_SECRET_KEY:
    'key that nonces and comment markers are derived from, 32 bytes in hex; the same on all hosts that share a database',
  MAX_CONCURRENT_CONTAINERS: 'sandboxes at once; 5 unless set',
  DOCKER_HOST: 'unix:///… socket of the Docker Engine; unix:///var/run/docker.sock unless set',
  LOG_LEVEL: 'debug, info, warn or error; info unless set',
  GITHUB_APP_ID: 'number of the GitHub App',
  GITHUB_PRIVATE_KEY: 'the App’s private key, PEM',
  GITHUB_PRIVATE_KEY_PATH: 'file with the App’s private key',
  GITHUB_WEBHOOK_SECRET: 'the App’s webhook secret, 16 characters at least',
  GITHUB_WEBHOOK_SECRET_PREVIOUS: 'the secret before, while it is being rotated',
  GITHUB_API_URL: 'API of GitHub or of a GitHub Enterprise Server; https://api.github.com unless set',
  ANTHROPIC_API_KEY: 'key for Anthropic’s models',
  ANTHROPIC_BASE_URL: 'https://api.anthropic.com unless set',
  OPENAI_API_KEY: 'key for OpenAI’s models',
  OPENAI_BASE_URL: 'https://api.openai.com unless set',
  CLAWBENCH_SCRIPTED_MODEL_URL: 'a scripted model server, for trying things out',
  CLAWBENCH_DEFAULT_MODEL: 'provider/model used when a request names none',
} as const;

type Variable = keyof typeof documented;

/** Every environment variable ClawBench reads, and what it means; the docs are checked against it. */
export const environmentVariables: Readonly<Record<string, string>> = documented;

class EnvironmentReader {
  readonly faults: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: Variable): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  integer(
    name: Variable,
    range: { readonly min: number; readonly max: number; readonly fallback: number },
  ): number {
    const text = this.text(name);
    if (text === undefined) return range.fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    this.faults.push(`${name}="${text}": must be a whole number from ${range.min} to ${range.max}`);
    return range.fallback;
  }

  url(name: Variable, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    // The value may hold a password: a fault names the variable, never what is in it.
    if (!parsed || !protocols.includes(parsed.protocol)) {
      this.faults.push(`${name}: must be a URL beginning with ${protocols.join('// or ')}//`);
      return undefined;
    }
    return text.replace(/\/+$/, '');
  }

  file(name: Variable): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      this.faults.push(`${name}="${path}": ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

const web = ['http:', 'https:'];

function readGitHub(reader: EnvironmentReader): GitHubConfig | undefined {
  const appId = reader.integer('GITHUB_APP_ID', { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
  const privateKey = reader.text('GITHUB_PRIVATE_KEY') ?? reader.file('GITHUB_PRIVATE_KEY_PATH');
  const secret = reader.text('GITHUB_WEBHOOK_SECRET');
  if (appId === 0 && privateKey === undefined && secret === undefined) return undefined;
  if (appId === 0) reader.faults.push('GITHUB_APP_ID: missing, but other settings of a GitHub App are there');
  if (!privateKey)
    reader.faults.push(
      'GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_PATH: missing, but other settings of a GitHub App are there',
    );
  if (!secret)
    reader.faults.push('GITHUB_WEBHOOK_SECRET: missing or empty; anyone could forge webhooks without it');
  const previous = reader.text('GITHUB_WEBHOOK_SECRET_PREVIOUS');
  return {
    appId,
    privateKey: (privateKey ?? '').replaceAll(String.raw`\n`, '\n'),
    webhookSecrets: [secret ?? '', ...(previous ? [previous] : [])],
    apiBaseUrl: reader.url('GITHUB_API_URL', web) ?? 'https://api.github.com',
  };
}

function readModelProvider(
  reader: EnvironmentReader,
  key: Variable,
  url: Variable,
  fallbackUrl: string,
): ModelProviderConfig | undefined {
  const baseUrl = reader.url(url, web) ?? fallbackUrl;
  const apiKey = reader.text(key);
  return apiKey === undefined ? undefined : { apiKey, baseUrl };
}

/** Sandboxes share folders and sockets with this process, so the engine must be on this machine. */
function readDockerSocket(reader: EnvironmentReader): string {
  const text = reader.text('DOCKER_HOST') ?? 'unix:///var/run/docker.sock';
  if (text.startsWith('unix:///')) return text.slice('unix://'.length);
  reader.faults.push(
    `DOCKER_HOST="${text}": must be a socket of this machine, for example unix:///var/run/docker.sock`,
  );
  return '';
}

function readLogLevel(reader: EnvironmentReader): Config['logLevel'] {
  const text = reader.text('LOG_LEVEL') ?? 'info';
  const level = (['debug', 'info', 'warn', 'error'] as const).find((name) => name === text);
  if (!level) reader.faults.push(`LOG_LEVEL="${text}": must be debug, info, warn or error`);
  return level ?? 'info';
}

function refuseUnknown(reader: EnvironmentReader, environment: Environment): void {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('CLAWBENCH_') && !(name in documented)) {
      reader.faults.push(`${name}: not a setting of ClawBench; see docs/operations.md for the list`);
    }
  }
}

/**
 * Reads and checks the environment.
 * @throws ClawBenchError `invalid-input` listing every fault at once.
 */
export function readConfig(environment: Environment = process.env): Config {
  const reader = new EnvironmentReader(environment);
  refuseUnknown(reader, environment);
  const port = reader.integer('PORT', { min: 0, max: 65_535, fallback: 3000 });
  const secretKey = reader.text('CLAWBENCH_SECRET_KEY');
  if (secretKey !== undefined && !/^[0-9a-f]{64}$/i.test(secretKey)) {
    reader.faults.push('CLAWBENCH_SECRET_KEY: must be 64 hexadecimal digits (32 bytes)');
  }
  const config: Config = {
    host: reader.text('HOST') ?? '127.0.0.1',
    port,
    home: resolve(reader.text('CLAWBENCH_HOME') ?? join(homedir(), '.local/share/clawbench')),
    databaseUrl: reader.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    publicBaseUrl: reader.url('PUBLIC_BASE_URL', web),
    serviceUrl: reader.url('CLAWBENCH_URL', web) ?? `http://127.0.0.1:${port}`,
    operatorToken: reader.text('CLAWBENCH_TOKEN'),
    secretKey,
    // 0 has always meant "the default" in the wild, never "nothing may run".
    maxConcurrentSandboxes:
      reader.integer('MAX_CONCURRENT_CONTAINERS', { min: 0, max: 1000, fallback: 5 }) || 5,
    dockerSocket: readDockerSocket(reader),
    logLevel: readLogLevel(reader),
    github: readGitHub(reader),
    anthropic: readModelProvider(
      reader,
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_BASE_URL',
      'https://api.anthropic.com',
    ),
    openai: readModelProvider(reader, 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'https://api.openai.com'),
    scriptedModelUrl: reader.url('CLAWBENCH_SCRIPTED_MODEL_URL', web),
    defaultModel: reader.text('CLAWBENCH_DEFAULT_MODEL'),
  };
  if (reader.faults.length > 0) {
    throw new ClawBenchError(
      'invalid-input',
      `the environment has ${reader.faults.length} fault(s):\n  - ${reader.faults.join('\n  - ')}`,
      {
        hint: 'Set or remove the named variables and start again; docs/operations.md lists them all.',
      },
    );
  }
  return Object.freeze(config);
}
