import type { RunId } from '../domain/ids.ts';
import type { RunResult } from '../domain/run-result.ts';
import type { Run, RunStatus } from '../domain/run.ts';
import { isTrialTerminal, type Trial } from '../domain/trial.ts';
import { computeResult } from '../scoring/run-result.ts';
import type { RunPatch } from '../storage/run-store.ts';
import type { RunEvent } from '../telemetry/events.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { findPack } from './installed-packs.ts';

type FinalizeDeps = Pick<ControlPlaneDeps, 'stores' | 'benchmarks' | 'clock' | 'nudge' | 'log'>;

/**
 * Brings a run to the status its trials have earned: running once one was claimed, finished or cancelled with its
 * result once all have ended. Does nothing when there is nothing to do; of several at once one moves the run, and
 * after a crash between two moves the next call goes on from there.
 */
export async function settleRun(deps: FinalizeDeps, id: RunId): Promise<void> {
  const run = await deps.stores.runs.get(id);
  if (!run) return;
  switch (run.status) {
    case 'queued':
    case 'running': {
      const trials = await deps.stores.trials.ofRun(id);
      if (trials.every((trial) => isTrialTerminal(trial.status))) {
        const moved = await move(deps, run, {
          to: 'finalizing',
          patch: {},
          event: { type: 'run-finalizing' },
        });
        if (moved) await finalize(deps, { ...run, status: 'finalizing' });
      } else if (trials.some((trial) => trial.startedAt !== null)) {
        await startRun(deps, run);
      }
      break;
    }
    case 'finalizing':
      await finalize(deps, run);
      break;
    case 'finished':
    case 'cancelled':
      break;
  }
}

/** Marks a queued run as running; one that is already is left alone. */
export async function startRun(deps: Omit<FinalizeDeps, 'benchmarks'>, run: Run): Promise<void> {
  if (run.status !== 'queued') return;
  const patch = { startedAt: deps.clock.now() };
  await move(deps, run, { to: 'running', patch, event: { type: 'run-started' } });
}

async function finalize(deps: FinalizeDeps, run: Run): Promise<void> {
  const trials = await deps.stores.trials.ofRun(run.id);
  const result = await resultOf(deps, run, trials);
  const patch = { finishedAt: deps.clock.now(), result };
  // Somebody may have cancelled since the run was read: the newest word decides.
  const cancel = (await deps.stores.runs.get(run.id))?.cancelRequest ?? null;
  const moved = await move(
    deps,
    run,
    cancel
      ? { to: 'cancelled', patch, event: { type: 'run-cancelled', by: cancel.by } }
      : { to: 'finished', patch, event: finishedEvent(result) },
  );
  if (moved) {
    deps.log.info('run ended', {
      runId: run.id,
      cancelled: cancel !== null,
      mean: result.score.mean,
      digest: result.digest,
    });
  }
}

async function resultOf(
  { stores, benchmarks }: FinalizeDeps,
  run: Run,
  trials: readonly Trial[],
): Promise<RunResult> {
  const [artifacts, found] = await Promise.all([
    stores.artifacts.ofRun(run.id),
    findPack(benchmarks, run.spec.pack),
  ]);
  const pack = found?.pack;
  return computeResult({
    spec: run.spec,
    trials,
    packTaskIds: pack
      ? [...new Set([...pack.tasks.map(({ id }) => id), ...pack.faults.map(({ taskId }) => taskId)])]
      : null,
    files: artifacts.map(({ trialId, kind }) => ({ trialId, kind })),
    // Nobody can approve yet: a run is finished before anyone has read it.
    approvedBy: null,
  });
}

function finishedEvent({ score, counts }: RunResult): RunEvent {
  return {
    type: 'run-finished',
    mean: score.mean,
    solved: counts.solved,
    registered: counts.registered,
  };
}

/** False when somebody else moved the run first. */
async function move(
  { stores, clock, nudge }: Omit<FinalizeDeps, 'benchmarks'>,
  { id, status: from }: Run,
  { to, patch, event }: { readonly to: RunStatus; readonly patch: RunPatch; readonly event: RunEvent },
): Promise<boolean> {
  const moved = await stores.runs.transition(id, { from, to, at: clock.now() }, patch, event);
  if (moved) nudge.tell({ kind: 'run', runId: id });
  return moved;
}
