import { expect, test } from 'vitest';
import { environmentVariables, readConfig } from './config.ts';

const app = {
  GITHUB_APP_ID: '7',
  GITHUB_PRIVATE_KEY: String.raw`-----BEGIN-----\nabc`,
  GITHUB_WEBHOOK_SECRET: 'a-secret-of-enough-length',
};

test('an empty environment gives safe defaults', () => {
  expect(readConfig({ HOME: '/home/ada' })).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    serviceUrl: 'http://127.0.0.1:3000',
    maxConcurrentSandboxes: 5,
    github: undefined,
    anthropic: undefined,
    databaseUrl: undefined,
  });
});

test('zero concurrent containers means the default', () => {
  expect(readConfig({ MAX_CONCURRENT_CONTAINERS: '0' }).maxConcurrentSandboxes).toBe(5);
  expect(readConfig({ MAX_CONCURRENT_CONTAINERS: '2' }).maxConcurrentSandboxes).toBe(2);
});

test('a GitHub App needs all of its settings, and escaped newlines in the key are undone', () => {
  expect(readConfig(app).github).toEqual({
    appId: 7,
    privateKey: '-----BEGIN-----\nabc',
    webhookSecrets: ['a-secret-of-enough-length'],
    apiBaseUrl: 'https://api.github.com',
  });
  expect(() => readConfig({ GITHUB_APP_ID: '7' })).toThrow(/GITHUB_PRIVATE_KEY.*\n.*GITHUB_WEBHOOK_SECRET/);
  expect(() => readConfig({ ...app, GITHUB_WEBHOOK_SECRET: ' ' })).toThrow(
    /GITHUB_WEBHOOK_SECRET: missing or empty/,
  );
});

test('both secrets are accepted while one is being rotated', () => {
  const config = readConfig({ ...app, GITHUB_WEBHOOK_SECRET_PREVIOUS: 'the-secret-of-last-month' });
  expect(config.github?.webhookSecrets).toEqual(['a-secret-of-enough-length', 'the-secret-of-last-month']);
});

test('every fault is listed at once, and no value of a secret is repeated', () => {
  const faulty = {
    PORT: 'many',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://user:hunter2@db',
    CLAWBENCH_TYPO: 'x',
    CLAWBENCH_SECRET_KEY: 'hunter2',
    GITHUB_PRIVATE_KEY_PATH: '/does/not/exist',
  };
  const message = (() => {
    try {
      readConfig(faulty);
      return 'no fault';
    } catch (error) {
      return String(error);
    }
  })();
  for (const name of Object.keys(faulty)) expect(message).toContain(name);
  expect(message).not.toContain('hunter2');
});

test('the configuration cannot be changed after it was read', () => {
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

test('every variable has a meaning to show', () => {
  for (const meaning of Object.values(environmentVariables)) expect(meaning.length).toBeGreaterThan(10);
});
