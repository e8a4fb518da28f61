import { ClawBenchError } from '../domain/errors.ts';
import type { RunId } from '../domain/ids.ts';
import { isRunLive } from '../domain/run.ts';
import type { LoggedEvent } from '../telemetry/events.ts';
import type { ControlPlaneDeps } from './deps.ts';

const pageSize = 500;

type FollowDeps = Pick<ControlPlaneDeps, 'stores' | 'nudge' | 'wait' | 'timings'>;

/**
 * Events of a run after `after`, then new ones as they are stored, in the stored order.
 * Always read from the log, never passed along from a writer, so history and live events cannot differ, and
 * events of another process come as well, after one poll at most.
 */
export async function* followEvents(
  deps: FollowDeps,
  id: RunId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<LoggedEvent> {
  let seen = after;
  while (!signal.aborted) {
    const change = awaitChange(deps, id, signal);
    try {
      // The status is read before the events: a run that had ended by then has no later ones.
      const run = await deps.stores.runs.get(id);
      if (!run) throw new ClawBenchError('not-found', `there is no run ${id}`);
      const page = await deps.stores.events.read(id, seen, pageSize);
      for (const event of page) {
        yield event;
        seen = event.seq;
      }
      if (page.length > 0) continue;
      if (!isRunLive(run.status)) return;
      await change.orPoll();
    } finally {
      change.forget();
    }
  }
}

/** Listens for a change of the run from now on, so that one between reading and waiting is not missed. */
function awaitChange(
  { nudge, wait, timings }: FollowDeps,
  id: RunId,
  signal: AbortSignal,
): { orPoll(): Promise<void>; forget(): void } {
  const over = new AbortController();
  const forget = nudge.listen((change) => {
    if (change.kind !== 'work' && change.runId === id) over.abort();
  });
  return {
    orPoll: () => wait(timings.followPollMs, AbortSignal.any([signal, over.signal])),
    forget() {
      forget();
      over.abort();
    },
  };
}
