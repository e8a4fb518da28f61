import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { defaultTrialLimits } from '../domain/budget.ts';
import { parseRunId, parseTrialId } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { GateResult } from '../domain/run-result.ts';
import type { RunSpec } from '../domain/run.ts';
import type { Trial } from '../domain/trial.ts';
import { decideEligibility, evaluateGates, type RunEvidence } from './eligibility.ts';
import { canonicalJson, resultDigest } from './result-digest.ts';
import { computeResult } from './run-result.ts';
import { countTrials, durationOf, scoreOf, totalSpend } from './score.ts';

const runId = parseRunId('01K0V5Z3QK6M1T6E0G2Q1N4W7B');
const solved: Outcome = { kind: 'graded', reward: 1, tests: null };
const unsolved: Outcome = { kind: 'graded', reward: 0, tests: null };
const stopped: Outcome = { kind: 'limited', limit: 'turns', reward: 0, tests: null };
const cancelled: Outcome = { kind: 'cancelled', by: 'octocat' };
const faulted: Outcome = { kind: 'faulted', fault: 'sandbox', message: 'engine gone' };

function trialOf(index: number, taskId: string, repetition: number, outcome: Outcome | null): Trial {
  return {
    id: parseTrialId(`01K0V5Z3QK6M1T6E0G2Q1N${String(index).padStart(4, '0')}`),
    runId,
    taskId,
    taskDigest: `sha256:${taskId}`,
    repetition,
    status: outcome?.kind ?? 'queued',
    tries: 1,
    sandbox: null,
    turns: 2,
    spend: { calls: 1, inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, cost: 100 },
    outcome,
    createdAt: 0,
    startedAt: outcome ? 1_000 * index : null,
    finishedAt: outcome ? 1_000 * index + 500 : null,
  };
}

function trialsOf(outcomesByTask: Readonly<Record<string, readonly (Outcome | null)[]>>): readonly Trial[] {
  let index = 0;
  return Object.entries(outcomesByTask).flatMap(([taskId, outcomes]) =>
    outcomes.map((outcome, position) => trialOf((index += 1), taskId, position + 1, outcome)),
  );
}

const spec: RunSpec = {
  pack: { benchmark: 'entry-test', version: '1', digest: 'sha256:pack' },
  taskIds: ['alpha', 'beta'],
  agent: {
    name: 'Codex',
    driver: 'builtin',
    model: { provider: 'openai', id: 'gpt-5' },
  },
  trialsPerTask: 3,
  limits: defaultTrialLimits,
  lane: 'public',
  priceTable: 'prices 2026-01-01',
};

const threeOf = (outcome: Outcome) => [outcome, outcome, outcome];

function evidenceOf(changes: Partial<RunEvidence> = {}): RunEvidence {
  const trials = changes.trials ?? trialsOf({ alpha: threeOf(solved), beta: threeOf(unsolved) });
  return {
    spec,
    trials,
    packTaskIds: ['alpha', 'beta'],
    files: trials.flatMap(({ id }) => [
      { trialId: id, kind: 'reward' },
      { trialId: id, kind: 'trace' },
    ]),
    approvedBy: 'octocat',
    ...changes,
  };
}

describe('score', () => {
  test('weighs every task the same and leaves faults out', () => {
    const trials = trialsOf({
      alpha: [solved, faulted, faulted],
      beta: [solved, unsolved, stopped],
      gamma: [faulted],
    });
    expect(scoreOf(trials).mean).toBeCloseTo((1 + 1 / 3) / 2, 12);
    expect(countTrials(trials)).toEqual({
      registered: 7,
      solved: 2,
      unsolved: 2,
      faulted: 3,
      cancelled: 0,
    });
  });

  test('nothing graded is no score, never zero', () => {
    expect(scoreOf(trialsOf({ alpha: [faulted], beta: [cancelled] }))).toEqual({
      mean: null,
      interval: null,
    });
  });

  test('counts always add up to the registered trials that ended', () => {
    const outcome = fc.constantFrom(solved, unsolved, stopped, cancelled, faulted);
    fc.assert(
      fc.property(fc.array(fc.array(outcome, { maxLength: 5 }), { maxLength: 8 }), (lists) => {
        const trials = trialsOf(Object.fromEntries(lists.map((list, index) => [`task-${index}`, list])));
        const counts = countTrials(trials);
        expect(counts.solved + counts.unsolved + counts.faulted + counts.cancelled).toBe(counts.registered);
        expect(totalSpend(trials).inputTokens).toBe(10 * trials.length);
      }),
    );
  });

  test('an unknown price of one trial makes the total unknown', () => {
    const [first, second] = trialsOf({ alpha: [solved, solved] });
    if (!first || !second) throw new Error('two trials expected');
    expect(totalSpend([first, { ...second, spend: { ...second.spend, cost: null } }]).cost).toBeNull();
  });

  test('lasts from the first claim to the last end', () => {
    expect(durationOf(trialsOf({ alpha: [solved, solved, solved] }))).toBe(2_500);
    expect(durationOf([])).toBeNull();
  });
});

describe('digest', () => {
  test('does not depend on the order of trials, and changes with any outcome', () => {
    const trials = trialsOf({ alpha: [solved, unsolved], beta: [stopped] });
    expect(resultDigest(trials.toReversed())).toBe(resultDigest(trials));
    expect(resultDigest(trialsOf({ alpha: [solved, solved], beta: [stopped] }))).not.toBe(
      resultDigest(trials),
    );
    expect(resultDigest(trials)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('canonical JSON is JSON, with its keys sorted', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ä"' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"ä\\"","d":null}]}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('the same evidence gives the same result', () => {
    expect(computeResult(evidenceOf())).toEqual(computeResult(evidenceOf()));
  });
});

describe('gates', () => {
  test('a whole, real, approved run of a named agent is eligible', () => {
    const { eligible, gates } = evaluateGates(evidenceOf());
    expect(gates.filter((gate) => gate.status !== 'pass')).toEqual([]);
    expect(eligible).toBe(true);
  });

  const scripted: RunSpec = {
    ...spec,
    agent: { ...spec.agent, model: { provider: 'scripted', id: 'entry-test' } },
  };
  const trials = trialsOf({ alpha: threeOf(solved), beta: threeOf(unsolved) });
  test.each<[string, string, Partial<RunEvidence>]>([
    ['real-model', 'a scripted model', { spec: scripted }],
    ['real-model', 'no model', { spec: { ...spec, agent: { ...spec.agent, model: null } } }],
    ['real-agent', 'an instrument', { spec: { ...spec, agent: { ...spec.agent, driver: 'oracle' } } }],
    ['agent-name', 'our own tester', { spec: { ...spec, agent: { ...spec.agent, name: 'Tester_agent' } } }],
    ['public-lane', 'the dev lane', { spec: { ...spec, lane: 'dev' } }],
    ['whole-pack', 'a task left out', { packTaskIds: ['alpha', 'beta', 'gamma'] }],
    ['whole-pack', 'a pack that is gone', { packTaskIds: null }],
    ['whole-pack', 'uneven trials', { trials: trials.slice(1) }],
    ['enough-trials', 'too few trials', { spec: { ...spec, trialsPerTask: 2 } }],
    [
      'all-trials-ended',
      'a cancelled trial',
      { trials: trialsOf({ alpha: threeOf(solved), beta: [solved, solved, cancelled] }) },
    ],
    [
      'all-trials-ended',
      'an open trial',
      { trials: trialsOf({ alpha: threeOf(solved), beta: [solved, solved, null] }) },
    ],
    [
      'few-faults',
      'a fault in six',
      { trials: trialsOf({ alpha: threeOf(solved), beta: [solved, solved, faulted] }) },
    ],
    ['verifier-ran', 'no reward file', { files: trials.map(({ id }) => ({ trialId: id, kind: 'trace' })) }],
    [
      'verifier-ran',
      'a reward that only the output speaks of',
      { files: trials.flatMap(({ id }) => ['trace', 'test-output'].map((kind) => ({ trialId: id, kind }))) },
    ],
    ['durable-trace', 'no trace', { files: trials.map(({ id }) => ({ trialId: id, kind: 'reward' })) }],
    ['owner-approved', 'no approval', { approvedBy: null }],
  ])('%s stops %s', (gate, _what, changes) => {
    const { eligible, gates } = evaluateGates(evidenceOf(changes));
    expect(eligible).toBe(false);
    expect(gates.find(({ id }) => id === gate)?.status).not.toBe('pass');
  });

  test('a zero is proven by the verifier’s output alone', () => {
    const zeros = trialsOf({ alpha: threeOf(unsolved), beta: threeOf(unsolved) });
    const files = zeros.flatMap(({ id }) => ['trace', 'test-output'].map((kind) => ({ trialId: id, kind })));
    expect(evaluateGates(evidenceOf({ trials: zeros, files })).eligible).toBe(true);
  });

  test('eligible is monotone: a gate that starts to pass never makes a run less eligible', () => {
    const gate = fc.record({
      id: fc.string(),
      status: fc.constantFrom<GateResult['status'][]>('pass', 'fail', 'unevaluable'),
      reason: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(gate, { minLength: 1 }), fc.nat(), (results, choice) => {
        const improved = results.with(choice % results.length, { id: 'x', status: 'pass', reason: '' });
        const [before, after] = [decideEligibility(results).eligible, decideEligibility(improved).eligible];
        expect(before && !after).toBe(false);
        expect(decideEligibility(results).eligible).toBe(results.every(({ status }) => status === 'pass'));
      }),
    );
  });

  test('no gates at all is not eligible', () => {
    expect(decideEligibility([]).eligible).toBe(false);
  });
});
