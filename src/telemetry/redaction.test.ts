import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact, redactDeep } from './redaction.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const body = (length: number) =>
  fc
    .array(fc.constantFrom(...letters.split('')), { minLength: length, maxLength: length + 20 })
    .map((parts) => parts.join(''));

/** Built from parts, so that no file of this repository holds anything that looks like a key. */
const joined = (...parts: readonly string[]) => parts.join('');

const secret = fc.oneof(
  body(36).map((tail) => joined('gh', 's_', tail)),
  body(36).map((tail) => joined('gh', 'p_', tail)),
  body(40).map((tail) => joined('github', '_pat_', tail)),
  body(40).map((tail) => joined('sk-', 'ant-api03-', tail)),
  body(40).map((tail) => joined('sk-', 'proj-', tail)),
  body(32).map((tail) => joined('clawbench', '_model_', tail)),
  fc.tuple(body(20), body(40), body(40)).map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
  body(64).map((tail) =>
    joined('-----BEGIN RSA ', 'PRIVATE KEY-----\n', tail, '\n-----END RSA PRIVATE KEY-----'),
  ),
);

const around = fc.string({
  unit: fc.constantFrom('a', ' ', '\n', '"', '=', '{', ':', 'é', '💥'),
  maxLength: 40,
});

test('a secret never comes out, and what is around it does', () => {
  fc.assert(
    fc.property(around, secret, around, (before, hidden, after) => {
      const clean = redact(`${before} ${hidden} ${after}`);
      expect(clean).not.toContain(hidden);
      expect(clean).toContain('[redacted:');
      expect(clean.startsWith(`${before} `)).toBe(true);
      expect(clean.endsWith(` ${after}`)).toBe(true);
    }),
  );
});

test('terminal escapes inside a token do not hide it', () => {
  fc.assert(
    fc.property(secret, fc.nat(), fc.constantFrom('\u001b[0m', '\u001b[1;31m'), (hidden, at, escape) => {
      const cut = 1 + (at % (hidden.length - 1));
      const clean = redact(`x ${hidden.slice(0, cut)}${escape}${hidden.slice(cut)} y`);
      expect(clean.replaceAll(escape, '')).not.toContain(hidden);
      expect(clean.startsWith('x ')).toBe(true);
      expect(clean.endsWith(' y')).toBe(true);
    }),
  );
});

test('a secret in JSON is removed and the JSON stays whole', () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      const clean = redact(JSON.stringify({ output: hidden, ok: true }));
      expect(clean).not.toContain(hidden);
      expect(JSON.parse(clean)).toMatchObject({ ok: true });
    }),
  );
});

test('ordinary text stays as it is, and redacting twice changes nothing', () => {
  const ordinary =
    'ran clawbench_exec in task-sk-1 of clawbench-task-answer-checksum-9a31c0de42f7a1b2, basic usage: eyJ is how base64 JSON begins; https://example.test/a:b@c';
  expect(redact(ordinary)).toBe(ordinary);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(redact(redact(text))).toBe(redact(text));
    }),
  );
});

test('passwords in URLs and authorization headers go', () => {
  expect(redact(joined('postgres://app:', 'hunter22', '@db/x'))).toBe(
    'postgres://app:[redacted:url-password]@db/x',
  );
  expect(redact(`Authorization: Bearer ${'a1'.repeat(12)}`)).toBe(
    'Authorization: Bearer [redacted:authorization]',
  );
});

test('hostile text costs linear time', () => {
  const hostile = [
    '-----BEGIN PRIVATE KEY-----'.repeat(8_000),
    'eyJ'.repeat(60_000),
    'http://a:'.repeat(60_000),
    '\u001b]'.repeat(100_000),
    '\u001b[1'.repeat(60_000),
  ];
  for (const text of hostile) {
    const started = performance.now();
    redact(text);
    expect(performance.now() - started).toBeLessThan(1_500);
  }
});

test('redacting data keeps its shape', () => {
  const hidden = joined('gh', 's_', 'A1'.repeat(18));
  expect(redactDeep({ a: [hidden, 1, null], b: { c: `x ${hidden}` } })).toEqual({
    a: ['[redacted:github-token]', 1, null],
    b: { c: 'x [redacted:github-token]' },
  });
});
