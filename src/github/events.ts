import { z } from 'zod';
import type { Thread } from '../domain/thread.ts';

/** A repository as webhooks name it. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** Somebody wrote a new comment on an issue or a pull request. */
export interface CommentCreated {
  readonly kind: 'comment-created';
  readonly installationId: number;
  readonly thread: Thread;
  readonly defaultBranch: string;
  readonly commentId: number;
  readonly createdAt: string;
  readonly author: { readonly login: string; readonly isBot: boolean };
  /** Untrusted Markdown. */
  readonly body: string;
}

/** Everything GitHub tells that we act on; nothing behind this type sees GitHub's JSON. */
export type GitHubEvent =
  | CommentCreated
  | {
      readonly kind: 'pull-request-closed';
      readonly installationId: number;
      readonly thread: Thread;
      readonly merged: boolean;
    }
  | {
      readonly kind: 'installation-created';
      readonly installationId: number;
      readonly repositories: readonly RepositoryName[];
    }
  /** Deleted or suspended: our token does not work there any more. */
  | { readonly kind: 'installation-gone'; readonly installationId: number }
  | {
      readonly kind: 'repositories-changed';
      readonly installationId: number;
      readonly added: readonly RepositoryName[];
      readonly removed: readonly RepositoryName[];
    };

/** `undefined`: nothing we act on. `malformed`: not what GitHub sends; no repetition would change it. */
export type EventReading =
  | { readonly kind: 'event'; readonly event: GitHubEvent }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'malformed'; readonly reason: string };

const id = z.int().positive();
const name = z.string().regex(/^[\w.-]{1,100}$/);
const repositoryName = z
  .object({ full_name: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/) })
  .transform(({ full_name }): RepositoryName => {
    const slash = full_name.indexOf('/');
    return { owner: full_name.slice(0, slash), name: full_name.slice(slash + 1) };
  });
const repositoryNames = z.array(repositoryName).default([]);
const installation = z.object({ id });
const repository = z.object({
  name,
  owner: z.object({ login: name }),
  default_branch: z.string().min(1).max(255),
});

const issueComment = z
  .object({
    installation,
    repository,
    issue: z.object({ number: id, pull_request: z.object({}).nullish() }),
    comment: z.object({
      id,
      body: z.string().nullish(),
      created_at: z.string(),
      user: z.object({ login: z.string().min(1).max(100), type: z.string() }).nullable(),
    }),
  })
  .transform((payload): CommentCreated => {
    const { comment, issue, repository: place } = payload;
    const kind = issue.pull_request ? 'pr' : 'issue';
    return {
      kind: 'comment-created',
      installationId: payload.installation.id,
      thread: { owner: place.owner.login, repo: place.name, kind, number: issue.number },
      defaultBranch: place.default_branch,
      commentId: comment.id,
      createdAt: comment.created_at,
      author: {
        // A deleted account has no user; nobody is nobody we trust.
        login: comment.user?.login ?? 'ghost',
        isBot: comment.user?.type !== 'User',
      },
      body: comment.body ?? '',
    };
  });

const pullRequestClosed = z
  .object({ installation, repository, number: id, pull_request: z.object({ merged: z.boolean().nullish() }) })
  .transform((payload): GitHubEvent => ({
    kind: 'pull-request-closed',
    installationId: payload.installation.id,
    thread: {
      owner: payload.repository.owner.login,
      repo: payload.repository.name,
      kind: 'pr',
      number: payload.number,
    },
    merged: payload.pull_request.merged === true,
  }));

const installationCreated = z
  .object({ installation, repositories: repositoryNames })
  .transform((payload): GitHubEvent => ({
    kind: 'installation-created',
    installationId: payload.installation.id,
    repositories: payload.repositories,
  }));

const installationGone = z.object({ installation }).transform((payload): GitHubEvent => ({
  kind: 'installation-gone',
  installationId: payload.installation.id,
}));

const repositoriesChanged = z
  .object({ installation, repositories_added: repositoryNames, repositories_removed: repositoryNames })
  .transform((payload): GitHubEvent => ({
    kind: 'repositories-changed',
    installationId: payload.installation.id,
    added: payload.repositories_added,
    removed: payload.repositories_removed,
  }));

/** One row for each webhook we act on, by event and action. */
const readers: Readonly<Record<string, z.ZodType<GitHubEvent>>> = {
  'issue_comment.created': issueComment,
  'pull_request.closed': pullRequestClosed,
  'installation.created': installationCreated,
  'installation.deleted': installationGone,
  'installation.suspend': installationGone,
  'installation_repositories.added': repositoriesChanged,
  'installation_repositories.removed': repositoriesChanged,
};

/** Event names worth storing; any other is answered and forgotten. */
export const handledEvents: ReadonlySet<string> = new Set(
  Object.keys(readers).map((key) => key.slice(0, key.indexOf('.'))),
);

const withAction = z.looseObject({ action: z.string().optional() });

/** Narrows a webhook's payload to what we act on. */
export function readEvent(webhook: string, payload: unknown): EventReading {
  const action = withAction.safeParse(payload);
  if (!action.success) return { kind: 'malformed', reason: 'the payload is not a JSON object' };
  const reader = Object.hasOwn(readers, `${webhook}.${action.data.action}`)
    ? readers[`${webhook}.${action.data.action}`]
    : undefined;
  if (!reader) return { kind: 'ignored' };
  const event = reader.safeParse(payload);
  return event.success
    ? { kind: 'event', event: event.data }
    : { kind: 'malformed', reason: z.prettifyError(event.error).slice(0, 500) };
}

/** Deliveries with the same key are handled one after the other, in the order they came. */
export function orderingKey(event: GitHubEvent): string {
  if ('thread' in event)
    return `${event.thread.owner}/${event.thread.repo}#${event.thread.number}`.toLowerCase();
  return `installation ${event.installationId}`;
}
