import { instrumentDriverIds, testerAgentName } from '../domain/agent-identity.ts';
import type { BenchmarkId } from '../domain/benchmark.ts';
import { formatModel } from '../domain/model.ts';
import { rewardOf } from '../domain/outcome.ts';
import type { Eligibility, GateResult } from '../domain/run-result.ts';
import type { RunSpec } from '../domain/run.ts';
import { isTrialTerminal, type Trial } from '../domain/trial.ts';
import { countTrials } from './score.ts';

/** All that gates look at. Nothing else may decide whether a run is eligible. */
export interface RunEvidence {
  readonly spec: RunSpec;
  readonly trials: readonly Trial[];
  /** Every task of the pack, loadable or not; null when the pack is not installed any more as it was. */
  readonly packTaskIds: readonly string[] | null;
  /** Files kept from the trials. */
  readonly files: readonly { readonly trialId: string; readonly kind: string }[];
  /** Who approved the publication, once somebody has. */
  readonly approvedBy: string | null;
}

type Verdict = Omit<GateResult, 'id'>;

const pass = (reason: string): Verdict => ({ status: 'pass', reason });
const fail = (reason: string): Verdict => ({ status: 'fail', reason });

/** Faulted trials up to this share do not make a score misleading. */
const maxFaultShare = 0.05;

/** Fewer trials of each task say too little about an agent for a leaderboard. */
const minTrialsPerTask: Readonly<Record<BenchmarkId, number>> = {
  'terminal-bench': 5,
  'swe-bench-verified': 1,
  'entry-test': 3,
  'web-tasks': 3,
};

function graded(trials: readonly Trial[]): readonly Trial[] {
  return trials.filter((trial) => trial.outcome && rewardOf(trial.outcome) !== null);
}

function withoutFile(evidence: RunEvidence, kinds: readonly string[]): readonly Trial[] {
  const kept = new Set(
    evidence.files.filter((file) => kinds.includes(file.kind)).map((file) => file.trialId),
  );
  return graded(evidence.trials).filter((trial) => !kept.has(trial.id));
}

function checkAgent({ spec }: RunEvidence): Verdict {
  return instrumentDriverIds.includes(spec.agent.driver) || spec.lane === 'instrument'
    ? fail(`"${spec.agent.driver}" is an instrument for checking a bench pack, not an agent`)
    : pass(`driven by "${spec.agent.driver}"`);
}

function checkModel({ spec }: RunEvidence): Verdict {
  const { model } = spec.agent;
  if (model === null) return fail('no model was called');
  return model.provider === 'scripted'
    ? fail('the model replays a script; it is not a real model')
    : pass(formatModel(model));
}

function checkName({ spec }: RunEvidence): Verdict {
  return spec.agent.name === testerAgentName
    ? fail(`"${testerAgentName}" is the name of test runs`)
    : pass(spec.agent.name);
}

function checkLane({ spec }: RunEvidence): Verdict {
  return spec.lane === 'public' ? pass('public lane') : fail(`the run is in the ${spec.lane} lane`);
}

function checkTasks({ spec, trials, packTaskIds }: RunEvidence): Verdict {
  if (packTaskIds === null) {
    return { status: 'unevaluable', reason: 'the bench pack is not installed any more as it was' };
  }
  const tried = new Set(trials.map((trial) => trial.taskId));
  const missing = packTaskIds.filter((id) => !tried.has(id)).length;
  const uneven = spec.taskIds.some(
    (id) => trials.filter((trial) => trial.taskId === id).length !== spec.trialsPerTask,
  );
  if (missing > 0) return fail(`${missing} of ${packTaskIds.length} tasks of the pack were left out`);
  return uneven
    ? fail('tasks have different numbers of trials')
    : pass(`all ${packTaskIds.length} tasks of the pack`);
}

function checkRepetitions({ spec }: RunEvidence): Verdict {
  const needed = minTrialsPerTask[spec.pack.benchmark];
  return spec.trialsPerTask >= needed
    ? pass(`trials per task: ${spec.trialsPerTask}`)
    : fail(`trials per task: ${spec.trialsPerTask}, needed: ${needed}`);
}

function checkCompleteness({ trials }: RunEvidence): Verdict {
  const open = trials.filter((trial) => !isTrialTerminal(trial.status) || trial.outcome === null).length;
  const { cancelled, registered } = countTrials(trials);
  if (registered === 0) return fail('no trial was registered');
  if (open > 0) return fail(`${open} of ${registered} trials have not ended`);
  return cancelled > 0
    ? fail(`${cancelled} of ${registered} trials were cancelled`)
    : pass(`all ${registered} trials ran to their end`);
}

function checkFaults({ trials }: RunEvidence): Verdict {
  const { faulted, registered } = countTrials(trials);
  const told = `${faulted} of ${registered} trials could not be judged`;
  return faulted <= maxFaultShare * registered ? pass(told) : fail(`${told}; at most 5 % may be`);
}

/** A sandbox its agent made unfit to be judged has the verifier's word for its zero, and no reward file. */
function checkVerifier(evidence: RunEvidence): Verdict {
  const unproven = withoutFile(evidence, ['reward']).filter(({ outcome }) => outcome && rewardOf(outcome));
  const missing = new Set([...unproven, ...withoutFile(evidence, ['reward', 'test-output'])]).size;
  return missing === 0
    ? pass('what the verifier said of every graded trial is kept')
    : fail(`${missing} graded trials have no word of the verifier that proves their reward`);
}

function checkTrace(evidence: RunEvidence): Verdict {
  const missing = withoutFile(evidence, ['trace']).length;
  return missing === 0
    ? pass('the trace of every graded trial is kept')
    : fail(`${missing} graded trials have no trace`);
}

function checkApproval({ approvedBy }: RunEvidence): Verdict {
  return approvedBy === null
    ? fail('no owner has approved the publication')
    : pass(`approved by ${approvedBy}`);
}

/** Every condition for a leaderboard, in the order people read them. */
const gates: Readonly<Record<string, (evidence: RunEvidence) => Verdict>> = {
  'real-agent': checkAgent,
  'real-model': checkModel,
  'agent-name': checkName,
  'public-lane': checkLane,
  'whole-pack': checkTasks,
  'enough-trials': checkRepetitions,
  'all-trials-ended': checkCompleteness,
  'few-faults': checkFaults,
  'verifier-ran': checkVerifier,
  'durable-trace': checkTrace,
  'owner-approved': checkApproval,
};

/** A run is eligible when every gate passes; one that cannot be evaluated does not pass. */
export function decideEligibility(results: readonly GateResult[]): Eligibility {
  return { eligible: results.length > 0 && results.every((gate) => gate.status === 'pass'), gates: results };
}

/** Evaluates every gate on the evidence; the same evidence always gives the same answer. */
export function evaluateGates(evidence: RunEvidence): Eligibility {
  return decideEligibility(Object.entries(gates).map(([id, check]) => ({ id, ...check(evidence) })));
}
