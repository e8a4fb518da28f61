import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { assertWebhookSecrets, SignatureCheck } from './webhook-secrets.ts';

test.each<[string, readonly string[], RegExp]>([
  ['none', [], /0 webhook secrets/],
  ['three', ['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)], /3 webhook secrets/],
  ['an empty one', [''], /empty/],
  ['white space', ['                    '], /empty/],
  ['a padded one', ['0123456789abcdef\n'], /white space/],
  ['a short one', ['0123456789abcde'], /shorter than 16/],
  ['Probot’s public default', ['development'], /publicly known/],
  ['a bad one beside a good one', ['0123456789abcdef', 'development'], /publicly known/],
])('a start with %s is refused', (_name, secrets, message) => {
  expect(() => assertWebhookSecrets(secrets)).toThrow(message);
  expect(() => new SignatureCheck(secrets)).toThrow(message);
});

test('GitHub’s documented example verifies', () => {
  const check = new SignatureCheck(["It's a Secret to Everybody"]);
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(check.accepts(signature, Buffer.from('Hello, World!'))).toBe(true);
  expect(check.accepts(signature.toUpperCase().replace('SHA', 'sha'), Buffer.from('Hello, World!'))).toBe(
    true,
  );
  expect(check.accepts(signature, Buffer.from('Hello, World'))).toBe(false);
});

test('either of two secrets verifies, and a refusal names none', () => {
  const [first, second] = ['the first secret here', 'the second secret here'];
  const check = new SignatureCheck([first, second]);
  const body = Buffer.from('{}');
  for (const secret of [first, second]) {
    const hex = createHmac('sha256', secret).update(body).digest('hex');
    expect(check.accepts(`sha256=${hex}`, body)).toBe(true);
  }
  expect(() => assertWebhookSecrets(['hunter2'])).toThrow(/^(?!.*hunter2)/);
});
