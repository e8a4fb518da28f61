import type { RunView } from '../../control-plane/control-plane.ts';
import type { Clock } from '../../domain/clock.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId } from '../../domain/ids.ts';
import { isRunLive } from '../../domain/run.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { CheckConclusion, ReactionContent, RepositoryClient } from '../repository-client.ts';
import { conclusionOf } from './text/check-output.ts';

const endings: Readonly<Record<CheckConclusion, ReactionContent>> = {
  success: 'hooray',
  failure: '-1',
  timed_out: '-1',
  neutral: 'confused',
  cancelled: 'confused',
};

const mostRemembered = 10_000;
/** After a restart, runs that ended long ago are published again; their reactions are left as they are. */
const worthShowingMs = 600_000;

/**
 * Shows on the comment that asked for a run how far it is: 👀 (set when it was accepted), 🚀 once it runs, then how it ended.
 * A sign that could not be set is not worth another try: comment and check say the same.
 */
export class RunReactions {
  readonly #identity: AppIdentity;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #shown = new Map<RunId, ReactionContent>();

  constructor(identity: AppIdentity, clock: Clock, log: Log) {
    this.#identity = identity;
    this.#clock = clock;
    this.#log = log;
  }

  async show(client: RepositoryClient, view: RunView): Promise<void> {
    const { run } = view;
    const commentId = Number(/^gh:comment:(\d{1,15}):\d+$/.exec(run.origin.key)?.[1]);
    if (run.finishedAt !== null && this.#clock.now() - run.finishedAt > worthShowingMs) return;
    const wanted = wantedReaction(view);
    if (!commentId || wanted === undefined || this.#shown.get(run.id) === wanted) return;
    if (this.#shown.size >= mostRemembered) this.#shown.clear();
    this.#shown.set(run.id, wanted);
    try {
      await client.react(commentId, wanted);
      const { botLogin } = await this.#identity.facts();
      await client.takeBackReaction(commentId, 'eyes', botLogin);
      if (wanted !== 'rocket') await client.takeBackReaction(commentId, 'rocket', botLogin);
    } catch (thrown) {
      const { code, message } = ClawBenchError.from(thrown);
      this.#log.warn('a reaction could not be changed', { runId: run.id, commentId, code, message });
    }
  }
}

function wantedReaction(view: RunView): ReactionContent | undefined {
  if (!isRunLive(view.run.status)) return endings[conclusionOf(view)];
  return view.run.status === 'queued' ? undefined : 'rocket';
}
