import type { RunResult } from '../domain/run-result.ts';
import { evaluateGates, type RunEvidence } from './eligibility.ts';
import { resultDigest } from './result-digest.ts';
import { countTrials, durationOf, scoreOf, totalSpend } from './score.ts';

/** What a run says once its trials have ended; the same evidence always gives the same result. */
export function computeResult(evidence: RunEvidence): RunResult {
  const { trials } = evidence;
  return {
    score: scoreOf(trials),
    counts: countTrials(trials),
    spend: totalSpend(trials),
    durationMs: durationOf(trials),
    eligibility: evaluateGates(evidence),
    digest: resultDigest(trials),
  };
}
