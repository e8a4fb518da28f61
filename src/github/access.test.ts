import { expect, test } from 'vitest';
import { roles, type Role } from '../domain/access.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { AccessCheck } from './access.ts';
import type { CommentCreated } from './events.ts';
import type { GitHubApi } from './github-api.ts';
import { RepositoryClient } from './repository-client.ts';

const thread = { owner: 'octo', repo: 'hello', kind: 'issue', number: 1 } as const;

function written(login: string, isBot = false): CommentCreated {
  return {
    kind: 'comment-created',
    installationId: 1,
    thread,
    defaultBranch: 'main',
    commentId: 1,
    createdAt: '2026-11-20T10:00:00Z',
    author: { login, isBot },
    body: '',
  };
}

function accessOf(answer: () => unknown) {
  const time = { now: 0 };
  let asked = 0;
  const api: GitHubApi = {
    asApp: async () => undefined,
    asInstallation: async () => {
      asked += 1;
      return answer();
    },
  };
  const client = new RepositoryClient(api, 1, thread);
  const access = new AccessCheck({ now: () => time.now });
  return {
    time,
    asked: () => asked,
    decide: (required: Role, event = written('ada')) => access.decide(client, event, required),
  };
}

test.each(roles.flatMap((role) => roles.map((required) => [role, required] as const)))(
  'the role %s where %s is needed',
  async (role, required) => {
    const { decide } = accessOf(() => ({ permission: 'read', role_name: role }));
    const isAllowed = roles.indexOf(role) >= roles.indexOf(required);
    expect((await decide(required)).kind).toBe(isAllowed ? 'allowed' : 'denied');
  },
);

test.each<[unknown, Role]>([
  [{ permission: 'write', role_name: 'release-crew' }, 'write'],
  [{ permission: 'read', role_name: 'label-crew' }, 'read'],
  [{ permission: 'write' }, 'write'],
  [{ permission: 'owner', role_name: 'owner' }, 'none'],
])('%j counts as %s', async (answer, role) => {
  const { decide } = accessOf(() => answer);
  expect(await decide('none')).toEqual({ kind: 'allowed', role });
});

test('somebody GitHub knows nothing of has no role', async () => {
  const { decide } = accessOf(() => {
    throw new ClawBenchError('not-found', 'nobody is not a user');
  });
  expect(await decide('read')).toEqual({ kind: 'denied', role: 'none', required: 'read' });
});

test('a bot has no role, and GitHub is not asked', async () => {
  const { decide, asked } = accessOf(() => ({ permission: 'admin', role_name: 'admin' }));
  expect(await decide('read', written('helper[bot]', true))).toMatchObject({ kind: 'denied', role: 'none' });
  expect(asked()).toBe(0);
});

test('when GitHub cannot answer, nothing is allowed', async () => {
  const { decide } = accessOf(() => {
    throw new ClawBenchError('unavailable', 'down');
  });
  await expect(decide('none')).rejects.toMatchObject({ code: 'unavailable' });
});

test('a role is believed for a minute, for each person', async () => {
  let role = 'write';
  const { decide, asked, time } = accessOf(() => ({ permission: role, role_name: role }));
  await decide('write');
  role = 'read';
  time.now = 59_999;
  expect((await decide('write')).kind).toBe('allowed');
  expect((await decide('write', written('ADA'))).kind).toBe('allowed');
  expect(asked()).toBe(1);
  expect((await decide('write', written('eve'))).kind).toBe('denied');
  time.now = 60_000;
  expect((await decide('write')).kind).toBe('denied');
});
