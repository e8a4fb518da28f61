import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { ClawBenchError } from '../domain/errors.ts';

const minimumLength = 16;
/** Probot's default: printed in its documentation, so anybody can sign with it. */
const publicSecret = 'development';

/**
 * Refuses webhook secrets that do not keep strangers out; call it before anything listens.
 * @throws ClawBenchError `invalid-input` for no secret, more than two, an empty, padded, short or publicly known one.
 */
export function assertWebhookSecrets(secrets: readonly string[]): void {
  if (secrets.length < 1 || secrets.length > 2) {
    throw refusal(`${secrets.length} webhook secrets are set`, 'Set one, or two while you rotate it.');
  }
  for (const secret of secrets) {
    if (secret.trim() === '') throw refusal('the webhook secret is empty');
    if (secret !== secret.trim()) throw refusal('the webhook secret begins or ends with white space');
    if (secret === publicSecret) throw refusal('the webhook secret is publicly known');
    if (secret.length < minimumLength) {
      throw refusal(`the webhook secret is shorter than ${minimumLength} characters`);
    }
  }
}

function refusal(
  message: string,
  hint = 'Make one with `openssl rand -hex 32` and set it here and in the GitHub App.',
): ClawBenchError {
  return new ClawBenchError('invalid-input', message, { hint });
}

/** Checks GitHub's `X-Hub-Signature-256`: HMAC-SHA256 over the raw body, compared in constant time. */
export class SignatureCheck {
  readonly #keys: readonly KeyObject[];

  /** @throws ClawBenchError as {@link assertWebhookSecrets} does. */
  constructor(secrets: readonly string[]) {
    assertWebhookSecrets(secrets);
    this.#keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  }

  /** Whether `header` is `sha256=<hex>` of `body` under one of the secrets. */
  accepts(header: string, body: Uint8Array): boolean {
    if (!/^sha256=[0-9a-f]{64}$/i.test(header)) return false;
    const claimed = Buffer.from(header.slice(7), 'hex');
    return this.#keys.some((key) =>
      timingSafeEqual(createHmac('sha256', key).update(body).digest(), claimed),
    );
  }
}
