import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handledEvents, orderingKey, readEvent } from './events.ts';

const place = {
  installation: { id: 11 },
  repository: { name: 'hello', owner: { login: 'octo' }, default_branch: 'main' },
};
const user = { login: 'ada', type: 'User' };
const comment = { id: 3, body: 'x', created_at: '2026-11-20T10:00:00Z', user };
const onPull = { ...place, action: 'created', issue: { number: 5, pull_request: { url: 'x' } }, comment };

test('a comment on a pull request is told from one on an issue', () => {
  const thread = { owner: 'octo', repo: 'hello', number: 5 };
  expect(readEvent('issue_comment', onPull)).toEqual({
    kind: 'event',
    event: {
      kind: 'comment-created',
      installationId: 11,
      thread: { ...thread, kind: 'pr' },
      defaultBranch: 'main',
      commentId: 3,
      createdAt: '2026-11-20T10:00:00Z',
      author: { login: 'ada', isBot: false },
      body: 'x',
    },
  });
  expect(readEvent('issue_comment', { ...onPull, issue: { number: 5 } })).toMatchObject({
    event: { thread: { ...thread, kind: 'issue' } },
  });
});

test.each([
  ['a bot', { login: 'x[bot]', type: 'Bot' }],
  ['an organisation', { login: 'x', type: 'Organization' }],
  ['a deleted account', null],
])('%s is no person', (_name, author) => {
  expect(readEvent('issue_comment', { ...onPull, comment: { ...comment, user: author } })).toMatchObject({
    event: { author: { isBot: true } },
  });
});

test.each([
  ['issue_comment', 'edited'],
  ['issue_comment', 'deleted'],
  ['issue_comment', 'pinned'],
  ['pull_request', 'opened'],
  ['installation', 'unsuspend'],
  ['push', undefined],
  ['installation', '__proto__'],
  ['constructor', 'name'],
])('%s %s is nothing to us', (event, action) => {
  expect(readEvent(event, { ...onPull, action })).toEqual({ kind: 'ignored' });
});

test('installations tell of their repositories', () => {
  const repositories = [{ full_name: 'octo/hello' }, { full_name: 'octo/.github' }];
  expect(readEvent('installation', { action: 'created', installation: { id: 11 }, repositories })).toEqual({
    kind: 'event',
    event: {
      kind: 'installation-created',
      installationId: 11,
      repositories: [
        { owner: 'octo', name: 'hello' },
        { owner: 'octo', name: '.github' },
      ],
    },
  });
  for (const action of ['deleted', 'suspend']) {
    expect(readEvent('installation', { action, installation: { id: 11 } })).toMatchObject({
      event: { kind: 'installation-gone', installationId: 11 },
    });
  }
  const changed = {
    installation: { id: 11 },
    repositories_added: [],
    repositories_removed: [{ full_name: 'a/b' }],
  };
  expect(readEvent('installation_repositories', { action: 'removed', ...changed })).toMatchObject({
    event: { kind: 'repositories-changed', added: [], removed: [{ owner: 'a', name: 'b' }] },
  });
});

test('a closed pull request says whether it was merged', () => {
  const closed = { ...place, action: 'closed', number: 5, pull_request: { merged: true } };
  expect(readEvent('pull_request', closed)).toMatchObject({
    event: { merged: true, thread: { kind: 'pr', number: 5 } },
  });
});

test.each([
  ['no installation', { ...onPull, installation: undefined }],
  ['a number that is none', { ...onPull, issue: { number: '5' } }],
  ['an owner that is a path', { ...onPull, repository: { ...place.repository, owner: { login: '../x' } } }],
])('%s is malformed, and the reason repeats no content', (_name, payload) => {
  const reading = readEvent('issue_comment', payload);
  expect(reading.kind).toBe('malformed');
  expect(JSON.stringify(reading)).not.toContain('../x');
});

test('threads differ by number, not by the case of names', () => {
  const read = (payload: unknown): string => {
    const reading = readEvent('issue_comment', payload);
    return reading.kind === 'event' ? orderingKey(reading.event) : reading.kind;
  };
  const shouted = { ...onPull, repository: { ...place.repository, name: 'HELLO' } };
  expect(read(onPull)).toBe(read(shouted));
  expect(read({ ...onPull, issue: { number: 6 } })).not.toBe(read(onPull));
});

test('no payload makes it throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(...handledEvents, 'push', ''), fc.anything(), (event, payload) => {
      expect(['event', 'ignored', 'malformed']).toContain(readEvent(event, payload).kind);
    }),
  );
});
