import { expect, test } from 'vitest';
import { AppIdentity } from './app-identity.ts';
import type { CommentCreated } from './events.ts';
import type { GitHubApi } from './github-api.ts';
import { CommentSeal } from './publish/marker.ts';
import { RepositoryClient } from './repository-client.ts';
import { ThreadReplies } from './thread-replies.ts';

const thread = { owner: 'octo', repo: 'hello', kind: 'issue', number: 1 } as const;

/** A thread whose comments are kept; `author` writes those that are posted. */
function threadApi(author = 'clawbench[bot]') {
  const comments: { id: number; body: string; user: { login: string } }[] = [];
  const api: GitHubApi = {
    asApp: async () => ({ id: 7, slug: 'clawbench' }),
    asInstallation: async (_id, route, { body }) => {
      if (route.startsWith('GET')) return comments;
      comments.push({ id: comments.length + 1, body: String(body), user: { login: author } });
      return comments.at(-1);
    },
  };
  const replies = new ThreadReplies(new CommentSeal(new Uint8Array(32)), new AppIdentity(api, 7));
  return { comments, replies, client: new RepositoryClient(api, 1, thread) };
}

function written(login: string, createdAt: string, commentId = 11): CommentCreated {
  const author = { login, isBot: false };
  const place = { installationId: 1, thread, defaultBranch: 'main' };
  return { kind: 'comment-created', ...place, commentId, createdAt, author, body: '' };
}

test('someone is told of a denial once a day by GitHub’s clock, and others for themselves', async () => {
  const { comments, replies, client } = threadApi();
  await replies.deny(client, written('mallory', '2026-11-20T23:59:00Z'), 'no');
  await replies.deny(client, written('Mallory', '2026-11-20T23:59:30Z', 12), 'no');
  expect(comments).toHaveLength(1);
  await replies.deny(client, written('trudy', '2026-11-20T23:59:40Z', 13), 'no');
  await replies.deny(client, written('mallory', '2026-11-21T00:00:00Z', 14), 'no');
  expect(comments).toHaveLength(3);
});

test('a comment is answered once', async () => {
  const { comments, replies, client } = threadApi();
  await replies.reply(client, written('ada', '2026-11-20T10:00:00Z'), 'help');
  await replies.reply(client, written('ada', '2026-11-20T10:00:00Z'), 'help');
  await replies.reply(client, written('ada', '2026-11-20T10:01:00Z', 12), 'help');
  expect(comments).toHaveLength(2);
});

test('a marker somebody else copied does not silence us', async () => {
  const { comments, replies, client } = threadApi('mallory');
  await replies.reply(client, written('ada', '2026-11-20T10:00:00Z'), 'help');
  await replies.reply(client, written('ada', '2026-11-20T10:00:00Z'), 'help');
  expect(comments).toHaveLength(2);
});
