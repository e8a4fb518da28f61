import { expect, test } from 'vitest';
import { ClawBenchError } from '../domain/errors.ts';
import { AppIdentity, neededEvents, neededPermissions } from './app-identity.ts';
import type { GitHubApi } from './github-api.ts';

function identityOf(answer: () => unknown): { readonly identity: AppIdentity; readonly asked: () => number } {
  let asked = 0;
  const api: GitHubApi = {
    asApp: async () => {
      asked += 1;
      return answer();
    },
    asInstallation: async () => undefined,
  };
  return { identity: new AppIdentity(api, 7), asked: () => asked };
}

const app = { id: 7, slug: 'clawbench', permissions: neededPermissions, events: neededEvents };

test('an App that is set up right passes, and more rights than needed are fine', async () => {
  const { identity } = identityOf(() => ({
    ...app,
    permissions: { ...neededPermissions, metadata: 'read', contents: 'write', members: 'read' },
    events: [...neededEvents, 'push'],
  }));
  expect(await identity.check()).toEqual({ id: 7, slug: 'clawbench', botLogin: 'clawbench[bot]' });
});

test('everything that is missing is said at once', async () => {
  const { identity } = identityOf(() => ({
    ...app,
    permissions: { metadata: 'read', checks: 'read' },
    events: ['push'],
  }));
  await expect(identity.check()).rejects.toMatchObject({
    code: 'invalid-input',
    message:
      'the GitHub App "clawbench" is not set up right: permission contents: none, needed: read; permission issues: none, needed: write; ' +
      'permission pull_requests: none, needed: write; permission checks: read, needed: write; ' +
      'event issue_comment is not subscribed; event pull_request is not subscribed',
    hint: expect.stringContaining('Permissions & events'),
  });
});

test('a key of another App is named', async () => {
  const { identity } = identityOf(() => ({ ...app, id: 8 }));
  await expect(identity.check()).rejects.toThrow('the key belongs to App 8, not to 7');
});

test.each<[string, ClawBenchError]>([
  ['a wrong key', new ClawBenchError('unauthenticated', 'GitHub answered 401')],
  ['a key that is none', new ClawBenchError('internal', 'Invalid keyData')],
])('%s is said to be wrong, with what to check', async (_name, error) => {
  const { identity } = identityOf(() => {
    throw error;
  });
  await expect(identity.check()).rejects.toMatchObject({
    code: 'unauthenticated',
    hint: expect.stringContaining('GITHUB_APP_ID'),
  });
});

test('when GitHub does not answer, nobody is blamed', async () => {
  const { identity } = identityOf(() => {
    throw new ClawBenchError('unavailable', 'GitHub did not answer');
  });
  await expect(identity.check()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

test('who we are is asked once, and again after a failure', async () => {
  let isDown = true;
  const { identity, asked } = identityOf(() => {
    if (isDown) throw new ClawBenchError('unavailable', 'down');
    return app;
  });
  await expect(identity.facts()).rejects.toThrow('down');
  isDown = false;
  await Promise.all([identity.facts(), identity.facts()]);
  expect(await identity.wrote({ id: 1, body: '', authorLogin: 'ClawBench[bot]' })).toBe(true);
  expect(await identity.wrote({ id: 1, body: '', authorLogin: 'clawbench' })).toBe(false);
  expect(asked()).toBe(2);
});
