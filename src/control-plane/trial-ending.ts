import { ClawBenchError } from '../domain/errors.ts';
import { maxTries } from '../domain/lease.ts';
import type { FaultClass, Outcome } from '../domain/outcome.ts';
import { boundText } from './event-text.ts';
import type { StopReason } from './stop-switch.ts';
import type { TrialExecution, TrialStep } from './trial-execution.ts';

/** How one try ends: with the trial's outcome, or with the trial given to another try. */
export type TryEnding =
  | { readonly kind: 'decided'; readonly outcome: Outcome }
  | { readonly kind: 'try-again'; readonly fault: FaultClass; readonly reason: string }
  | { readonly kind: 'given-back'; readonly reason: string }
  | { readonly kind: 'lost' };

const faultOfStep: Readonly<Record<TrialStep, FaultClass>> = {
  task: 'task',
  image: 'image',
  sandbox: 'sandbox',
  files: 'task',
  agent: 'service',
  seal: 'sandbox',
  verifier: 'verifier',
  artifacts: 'service',
};

const maxMessage = 1_000;

/** The end of a trial that nobody could judge. */
export function faulted(fault: FaultClass, message: string): TryEnding {
  return {
    kind: 'decided',
    outcome: { kind: 'faulted', fault, message: boundText(message, maxMessage, []) },
  };
}

/** What an error at the current step means for the trial: whose fault it is, and whether another try may help. */
export function endingOf(execution: TrialExecution, thrown: unknown): TryEnding {
  const { stop, step, deps, claim } = execution;
  const error = ClawBenchError.from(thrown);
  if (error.code === 'lease-lost') return { kind: 'lost' };
  if (stop.reason) return endingOfStop(stop.reason);
  deps.log.warn('a trial went wrong', {
    runId: claim.run.id,
    trialId: claim.trial.id,
    step,
    code: error.code,
    error,
  });
  // The text of an unforeseen error may tell of this host: it is for the log.
  const reason = error.code === 'internal' ? `an unforeseen error at the step "${step}"` : error.message;
  if (!error.retryable) return faulted(faultOfStep[step], reason);
  // Only the sandbox is out of reach while an agent works.
  return { kind: 'try-again', fault: step === 'agent' ? 'sandbox' : faultOfStep[step], reason };
}

function endingOfStop(reason: StopReason): TryEnding {
  switch (reason.kind) {
    case 'cancelled':
      return { kind: 'decided', outcome: { kind: 'cancelled', by: reason.by } };
    case 'draining':
      return { kind: 'given-back', reason: 'the worker was stopped' };
    case 'lease-lost':
      break;
  }
  return { kind: 'lost' };
}

/** Writes the end of a try, unless the lease is lost; never rejects. */
export async function recordEnding(execution: TrialExecution, ending: TryEnding): Promise<void> {
  const { deps, claim, stop } = execution;
  if (stop.reason?.kind === 'lease-lost') return;
  try {
    await writeEnding(execution, ending);
  } catch (error) {
    // The lease ends by itself, and the sweep decides what becomes of the trial.
    deps.log.warn('the end of a trial could not be written', { trialId: claim.trial.id, error });
  }
}

async function writeEnding(execution: TrialExecution, ending: TryEnding): Promise<void> {
  const { deps, claim, journal } = execution;
  const { lease, trial } = claim;
  const { trials } = deps.stores;
  switch (ending.kind) {
    case 'decided':
      await journal.finish(ending.outcome);
      return;
    case 'given-back':
      await journal.flush();
      await trials.release(lease, deps.clock.now(), ending.reason);
      return;
    case 'try-again': {
      if (trial.tries >= maxTries) {
        await journal.finish({
          kind: 'faulted',
          fault: ending.fault,
          message: boundText(ending.reason, maxMessage, []),
        });
        return;
      }
      journal.add({ type: 'trial-requeued', reason: ending.reason });
      await journal.flush();
      // The try counts, so the lease is not released: it is left to run out, after a pause.
      await trials.heartbeat(lease, deps.clock.now(), deps.timings.retryPauseMs * trial.tries);
      return;
    }
    case 'lost':
  }
}
