import type { Publisher, RunView } from '../../control-plane/control-plane.ts';
import type { Clock } from '../../domain/clock.ts';
import { isRunLive } from '../../domain/run.ts';
import { formatThread, type Thread } from '../../domain/thread.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { GitHubApi } from '../github-api.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { RepositoryClient } from '../repository-client.ts';
import { CheckSurface, checkContent } from './check-surface.ts';
import { CommentSurface } from './comment-surface.ts';
import { markerAllowance, type CommentSeal } from './marker.ts';
import type { PublicationKeeper, ShownState, Surface } from './publication-keeper.ts';
import type { RunReactions } from './run-reactions.ts';
import { runComment } from './text/run-comment.ts';
import type { TextContext } from './text/run-facts.ts';

/** GitHub takes 65,536 characters; bytes are never fewer. */
const mostCommentBytes = 65_000 - markerAllowance;

export interface PublisherDeps {
  readonly api: GitHubApi;
  readonly identity: AppIdentity;
  readonly seal: CommentSeal;
  readonly keeper: PublicationKeeper;
  readonly reactions: RunReactions;
  readonly publicBaseUrl: string | undefined;
  readonly clock: Clock;
}

/** Shows runs that were asked for at GitHub: in one comment, one check run on the pull request's commit, and a reaction. */
export class GitHubPublisher implements Publisher {
  readonly #deps: PublisherDeps;
  readonly #queue = new KeyedQueue();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** One step at a time in a thread, so that a later state never loses against an earlier one. */
  async publish(view: RunView): Promise<'settled' | 'again'> {
    const { thread, installationId, kind } = view.run.origin;
    if (kind !== 'github' || !thread || installationId === null) return 'settled';
    const client = new RepositoryClient(this.#deps.api, installationId, thread);
    return await this.#queue.run(formatThread(thread), () => this.#show(view, thread, client));
  }

  async #show(view: RunView, thread: Thread, client: RepositoryClient): Promise<'settled' | 'again'> {
    const { run } = view;
    const state: ShownState = {
      runId: run.id,
      phase: `${run.status}${run.cancelRequest ? ' stopping' : ''}`,
      terminal: !isRunLive(run.status),
    };
    const answers: ('settled' | 'again')[] = [];
    for (const surface of this.#surfaces(view, thread, client)) {
      answers.push(await this.#deps.keeper.show(surface, state));
    }
    await this.#deps.reactions.show(client, view);
    return answers.includes('again') ? 'again' : 'settled';
  }

  /** Only a pull request gets a check: an issue's run says nothing about whether the default branch is fine. */
  #surfaces(view: RunView, thread: Thread, client: RepositoryClient): readonly Surface[] {
    const { identity, seal, clock, publicBaseUrl } = this.#deps;
    const context: TextContext = { now: clock.now(), publicBaseUrl };
    const { run } = view;
    const text = runComment(view, context, mostCommentBytes);
    const comment = new CommentSurface({ client, identity, seal }, run, thread, text);
    const { headSha } = run.origin;
    if (thread.kind !== 'pr' || headSha === null) return [comment];
    const check = checkContent(view, headSha, context);
    const place = { thread, headSha };
    return [comment, new CheckSurface({ client, identity }, run.spec.pack.benchmark, place, check)];
  }
}
