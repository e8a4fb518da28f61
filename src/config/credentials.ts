import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClawBenchError } from '../domain/errors.ts';
import type { Config } from './config.ts';

/** Secrets of one installation. Each use has a key of its own, derived from one secret. */
export interface Credentials {
  /** Bearer token of the control API. */
  readonly operatorToken: string;
  /** Names this installation on the Docker Engine: hosts that share a secret key share it. Not secret. */
  readonly instance: string;
  /** Key of the per-trial nonces. */
  readonly nonceKey: Uint8Array;
  /** Key of the signatures in our comments' markers. */
  readonly markerKey: Uint8Array;
}

interface KeptSecrets {
  readonly secretKey: string;
  readonly operatorToken: string;
}

const fileName = 'credentials.json';

function isKept(value: unknown): value is KeptSecrets {
  return (
    typeof value === 'object' &&
    value !== null &&
    'secretKey' in value &&
    typeof value.secretKey === 'string' &&
    'operatorToken' in value &&
    typeof value.operatorToken === 'string'
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readKept(path: string): KeptSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ClawBenchError('unavailable', `${path} cannot be read`, { cause: error, retryable: false });
  }
  const parsed = parseJson(text);
  if (isKept(parsed)) return parsed;
  throw new ClawBenchError('invalid-input', `${path} is not a credentials file`, {
    hint: 'Put back a backup of it, or remove it to have new secrets made; comments of earlier runs are then no longer recognised.',
  });
}

function keep(path: string, secrets: KeptSecrets): KeptSecrets {
  try {
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return secrets;
  } catch (error) {
    // Another process of this installation was first: its secrets are the ones.
    const theirs = readKept(path);
    if (theirs) return theirs;
    throw new ClawBenchError('unavailable', `${path} cannot be written`, { cause: error, retryable: false });
  }
}

function derive(secretKey: string, use: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secretKey, 'hex'), '', `clawbench ${use}`, length));
}

/**
 * The installation's secrets: from the environment where set, else made once and kept in `home` with mode 0600.
 * @throws ClawBenchError `unavailable` when the folder cannot be used.
 */
export function openCredentials(config: Pick<Config, 'home' | 'secretKey' | 'operatorToken'>): Credentials {
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  const path = join(config.home, fileName);
  const kept =
    readKept(path) ??
    keep(path, {
      secretKey: randomBytes(32).toString('hex'),
      operatorToken: randomBytes(24).toString('base64url'),
    });
  const secretKey = config.secretKey ?? kept.secretKey;
  return {
    operatorToken: config.operatorToken ?? kept.operatorToken,
    instance: Buffer.from(derive(secretKey, 'instance', 4)).toString('hex'),
    nonceKey: derive(secretKey, 'nonce', 32),
    markerKey: derive(secretKey, 'marker', 32),
  };
}

/** The operator token for the CLI, without making one: undefined when no service has ever started here. */
export function readOperatorToken(config: Pick<Config, 'home' | 'operatorToken'>): string | undefined {
  return config.operatorToken ?? readKept(join(config.home, fileName))?.operatorToken;
}
