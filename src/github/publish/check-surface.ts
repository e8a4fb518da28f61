import type { RunView } from '../../control-plane/control-plane.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { isRunLive } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { PublicationKey } from '../../storage/publication-store.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { CheckContent, RepositoryClient } from '../repository-client.ts';
import type { Surface } from './publication-keeper.ts';
import { checkTitle, conclusionOf } from './text/check-output.ts';
import { runSummary } from './text/run-comment.ts';
import { runPage, type TextContext } from './text/run-facts.ts';

/** GitHub refuses a longer summary; it counts characters, of which there are never more than bytes. */
const mostSummaryBytes = 65_000;

/** Where a check run is: a commit of a repository. */
export interface CheckPlace {
  readonly thread: Thread;
  readonly headSha: string;
}

/** The check run that shows a run. Its name is stable, because branch protection matches by it. */
export function checkContent(view: RunView, headSha: string, context: TextContext): CheckContent {
  const { run } = view;
  return {
    name: `clawbench / ${run.spec.pack.benchmark}`,
    headSha,
    externalId: run.id,
    detailsUrl: runPage(run, context.publicBaseUrl),
    state: stateOf(view, context),
    startedAt: run.startedAt ?? undefined,
    title: checkTitle(view, context),
    summary: runSummary(view, context, mostSummaryBytes),
  };
}

function stateOf(view: RunView, { now }: TextContext): CheckContent['state'] {
  const { status, finishedAt } = view.run;
  if (!isRunLive(status)) {
    return { status: 'completed', conclusion: conclusionOf(view), completedAt: finishedAt ?? now };
  }
  return { status: status === 'queued' ? 'queued' : 'in_progress' };
}

/** The one check run of a benchmark on a commit. */
export class CheckSurface implements Surface {
  readonly key: PublicationKey;
  readonly content: string;
  readonly #client: RepositoryClient;
  readonly #identity: AppIdentity;
  readonly #check: CheckContent;

  constructor(
    parts: { readonly client: RepositoryClient; readonly identity: AppIdentity },
    benchmark: string,
    { thread, headSha }: CheckPlace,
    check: CheckContent,
  ) {
    this.#client = parts.client;
    this.#identity = parts.identity;
    this.#check = check;
    this.key = { kind: 'check', place: `gh:${thread.owner}/${thread.repo}@${headSha}`, benchmark };
    this.content = JSON.stringify(check);
  }

  async find(): Promise<number | undefined> {
    const { headSha, name } = this.#check;
    return await this.#client.findCheck(headSha, name, this.#identity.appId);
  }

  async create(): Promise<number> {
    return await this.#client.createCheck(this.#check);
  }

  async update(remoteId: number): Promise<'updated' | 'lost'> {
    try {
      await this.#client.updateCheck(remoteId, this.#check);
      return 'updated';
    } catch (thrown) {
      if (ClawBenchError.from(thrown).code === 'not-found') return 'lost';
      throw thrown;
    }
  }
}
