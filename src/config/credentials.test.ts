import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCredentials, readOperatorToken } from './credentials.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clawbench-credentials-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const config = (extra = {}) => ({ home, secretKey: undefined, operatorToken: undefined, ...extra });

test('secrets are made once, for the owner only, and the same ever after', () => {
  expect(readOperatorToken(config())).toBeUndefined();
  const first = openCredentials(config());
  expect(openCredentials(config())).toEqual(first);
  expect(readOperatorToken(config())).toBe(first.operatorToken);
  expect(statSync(join(home, 'credentials.json')).mode & 0o777).toBe(0o600);
});

test('hosts with one secret key share instance and keys; another key shares none', () => {
  const shared = openCredentials(config({ secretKey: 'ab'.repeat(32) }));
  const other = openCredentials(config({ secretKey: 'cd'.repeat(32) }));
  expect(shared.instance).toMatch(/^[0-9a-f]{8}$/);
  expect(other.instance).not.toBe(shared.instance);
  expect(other.nonceKey).not.toEqual(shared.nonceKey);
  expect(shared.markerKey).not.toEqual(shared.nonceKey);
});

test.each(['{}', 'not json'])('a damaged file (%s) is reported, not replaced', (text) => {
  writeFileSync(join(home, 'credentials.json'), text);
  expect(() => openCredentials(config())).toThrow(/not a credentials file/);
});
