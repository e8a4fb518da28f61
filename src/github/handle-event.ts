import { formatThread } from '../domain/thread.ts';
import type { CommentCreated, GitHubEvent } from './events.ts';
import type { GitHubApi } from './github-api.ts';
import { handleComment, type CommentDeps } from './handle-comment.ts';
import type { Installations } from './installations.ts';
import { RepositoryClient } from './repository-client.ts';

export interface EventDeps extends CommentDeps {
  readonly api: GitHubApi;
  readonly installations: Installations;
}

type HandlerOf<Kind extends GitHubEvent['kind']> = (
  deps: EventDeps,
  event: Extract<GitHubEvent, { kind: Kind }>,
) => Promise<void>;

const handlers: { readonly [Kind in GitHubEvent['kind']]: HandlerOf<Kind> } = {
  'comment-created': handleCommentHere,
  'pull-request-closed': cancelAbandoned,
  'installation-created': ({ installations }, event) =>
    installations.add(event.installationId, event.repositories),
  'installation-gone': ({ installations }, event) => installations.removeAll(event.installationId),
  'repositories-changed': async ({ installations }, event) => {
    await installations.add(event.installationId, event.added);
    await installations.remove(event.installationId, event.removed);
  },
};

/** Does what an event asks for; safe to repeat. @throws ClawBenchError when it could not be done now. */
export async function handleEvent<Kind extends GitHubEvent['kind']>(
  deps: EventDeps,
  event: Extract<GitHubEvent, { kind: Kind }> & { readonly kind: Kind },
): Promise<void> {
  await handlers[event.kind](deps, event);
}

async function handleCommentHere(deps: EventDeps, event: CommentCreated): Promise<void> {
  const { thread, installationId } = event;
  if (!(await deps.installations.covers(installationId, { owner: thread.owner, name: thread.repo }))) {
    deps.log.info('a comment in a repository the App is not installed on was ignored', {
      thread: formatThread(thread),
    });
    return;
  }
  await handleComment(deps, new RepositoryClient(deps.api, installationId, thread), event);
}

/** A pull request closed without a merge is given up, and with it what runs for it; a merged one keeps its runs. */
async function cancelAbandoned(
  { controlPlane }: EventDeps,
  { thread, merged }: Extract<GitHubEvent, { kind: 'pull-request-closed' }>,
): Promise<void> {
  if (merged) return;
  const live = await controlPlane.listRuns({ thread: formatThread(thread), live: true, limit: 50 });
  for (const { id } of live) await controlPlane.cancelRun(id, 'closing of the pull request');
}
