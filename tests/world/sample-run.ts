import type { RunView } from '../../src/control-plane/control-plane.ts';
import { parseRunId, parseTrialId, type RunId } from '../../src/domain/ids.ts';
import { noSpend } from '../../src/domain/model.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Trial, TrialStatus } from '../../src/domain/trial.ts';
import type { LoggedEvent, RunEvent } from '../../src/telemetry/events.ts';

export const sampleRunId = parseRunId('01K0V5Z3QK6M1T6E0G2Q1N4W7B');
/** 2026-11-20 14:05 UTC. */
export const sampleStart = Date.UTC(2026, 10, 20, 14, 5);

const titles: Readonly<Record<string, string>> = {
  'answer-checksum': 'Answer with a checksum',
  'count-words': 'Count the words of a log',
  'fix-sum': 'Fix a sum that is off by one',
  'git-repair': 'Repair a repository',
  'serve-status': 'Start a status service',
  'trap-shortcut': 'Resist the shortcut',
};

export function sampleTrialId(index: number) {
  return parseTrialId(`01K0V5Z3QK6M1T6E0G2Q1N5${String(index).padStart(3, '0')}`);
}

const spend = {
  calls: 7,
  inputTokens: 18_450,
  cachedInputTokens: 12_000,
  outputTokens: 1_320,
  cost: 41_800,
};

export function sampleTrial(index: number, taskId: string, state: TrialStatus, outcome?: Outcome): Trial {
  const begun = state !== 'queued';
  return {
    id: sampleTrialId(index),
    runId: sampleRunId,
    taskId,
    taskDigest: `sha256:${String(index).repeat(64).slice(0, 64)}`,
    repetition: 1,
    status: state,
    tries: begun ? 1 : 0,
    sandbox: begun
      ? {
          provider: 'docker',
          id: `4f1c09ab7e${index}2`.padEnd(64, 'c3'),
          image: `clawbench-task/${taskId}:9a31c0de42f7`,
          imageDigest: `sha256:${'9'.repeat(64)}`,
        }
      : null,
    turns: begun ? 7 : 0,
    spend: begun ? { ...spend, inputTokens: spend.inputTokens + index * 977 } : noSpend,
    outcome: outcome ?? null,
    createdAt: sampleStart,
    startedAt: begun ? sampleStart + 4_000 + index * 900 : null,
    finishedAt: outcome ? sampleStart + 31_000 + index * 2_700 : null,
  };
}

export function sampleRun(changes: Partial<Run> = {}): Run {
  return {
    id: sampleRunId,
    status: 'running',
    spec: {
      pack: { benchmark: 'entry-test', version: '1', digest: `sha256:${'5'.repeat(64)}` },
      taskIds: Object.keys(titles),
      agent: {
        name: 'Tester_agent',
        driver: 'builtin',
        model: { provider: 'scripted', id: 'entry-test' },
      },
      trialsPerTask: 1,
      limits: { agentTimeoutMs: 600_000, maxTurns: 60, maxTokens: 2_000_000, maxCost: 2_000_000 },
      lane: 'dev',
      priceTable: 'genai-prices 0.1.8',
    },
    origin: {
      kind: 'github',
      key: 'gh:comment:4711:0',
      requestedBy: 'octocat',
      thread: { owner: 'acme', repo: 'agent', kind: 'pr', number: 17 },
      headSha: '0c8f1e2d3b4a59687716253443526170deadbeef',
      installationId: 1,
    },
    cancelRequest: null,
    result: null,
    createdAt: sampleStart,
    startedAt: sampleStart + 3_000,
    finishedAt: null,
    ...changes,
  };
}

const graded = (reward: number, passed: number, failed: number): Outcome => ({
  kind: 'graded',
  reward,
  tests: { passed, failed, other: 0 },
});

export function runningView(): RunView {
  return {
    run: sampleRun(),
    trials: [
      sampleTrial(0, 'answer-checksum', 'graded', graded(1, 3, 0)),
      sampleTrial(1, 'count-words', 'graded', graded(0, 1, 2)),
      sampleTrial(2, 'fix-sum', 'verifying'),
      sampleTrial(3, 'git-repair', 'running'),
      sampleTrial(4, 'serve-status', 'preparing'),
      sampleTrial(5, 'trap-shortcut', 'queued'),
    ],
    taskTitles: titles,
    ahead: 0,
  };
}

export function finishedView(): RunView {
  const trials = [
    sampleTrial(0, 'answer-checksum', 'graded', graded(1, 3, 0)),
    sampleTrial(1, 'count-words', 'graded', graded(0, 1, 2)),
    sampleTrial(2, 'fix-sum', 'graded', graded(1, 6, 0)),
    sampleTrial(3, 'git-repair', 'limited', {
      kind: 'limited',
      limit: 'wall-time',
      reward: 0,
      tests: { passed: 2, failed: 2, other: 0 },
    }),
    sampleTrial(4, 'serve-status', 'graded', graded(1, 4, 0)),
    sampleTrial(5, 'trap-shortcut', 'faulted', {
      kind: 'faulted',
      fault: 'verifier',
      message: 'the verifier left no reward: /logs/verifier/reward.txt is missing',
    }),
  ];
  return {
    run: sampleRun({
      status: 'finished',
      finishedAt: sampleStart + 74_000,
      result: {
        score: { mean: 0.6, interval: { low: 0.231, high: 0.882, level: 0.95, method: 'wilson' } },
        counts: { registered: 6, solved: 3, unsolved: 2, faulted: 1, cancelled: 0 },
        spend: { ...spend, calls: 42, inputTokens: 131_200, outputTokens: 8_110, cost: 250_800 },
        durationMs: 70_000,
        eligibility: {
          eligible: false,
          gates: [
            { id: 'agent', status: 'pass', reason: 'driven by "builtin"' },
            {
              id: 'model',
              status: 'fail',
              reason: 'the model replays a script; it is not a real model',
            },
            { id: 'lane', status: 'fail', reason: 'the run is in the dev lane' },
            {
              id: 'tasks',
              status: 'unevaluable',
              reason: 'the bench pack is not installed any more as it was',
            },
          ],
        },
        digest: `sha256:${'e'.repeat(64)}`,
      },
    }),
    trials,
    taskTitles: titles,
    ahead: 0,
  };
}

export function cancelledView(): RunView {
  const by = 'octocat';
  return {
    run: sampleRun({
      status: 'cancelled',
      cancelRequest: { by, at: sampleStart + 20_000 },
      finishedAt: sampleStart + 24_000,
      result: {
        score: { mean: 1, interval: { low: 0.207, high: 1, level: 0.95, method: 'wilson' } },
        counts: { registered: 6, solved: 1, unsolved: 0, faulted: 0, cancelled: 5 },
        spend: { ...spend, cost: null },
        durationMs: 21_000,
        eligibility: {
          eligible: false,
          gates: [{ id: 'complete', status: 'fail', reason: '5 of 6 trials were cancelled' }],
        },
        digest: `sha256:${'d'.repeat(64)}`,
      },
    }),
    trials: Object.keys(titles).map((taskId, index) =>
      index === 0
        ? sampleTrial(index, taskId, 'graded', graded(1, 3, 0))
        : sampleTrial(index, taskId, 'cancelled', { kind: 'cancelled', by }),
    ),
    taskTitles: titles,
    ahead: 0,
  };
}

/** Events of the run as a whole and of some trials, mixed as they happen. */
export function sampleEvents(id: RunId = sampleRunId): readonly LoggedEvent[] {
  const log: [number | null, RunEvent][] = [
    [
      null,
      { type: 'run-queued', pack: 'entry-test@1', agent: 'Tester_agent', trials: 6, requestedBy: 'octocat' },
    ],
    [null, { type: 'run-started' }],
    [0, { type: 'trial-leased', worker: 'worker-1', attempt: 1 }],
    [0, { type: 'image-building', line: 'Step 2/4 : RUN apt-get install -y \u001b[32mjq\u001b[0m' }],
    [1, { type: 'trial-leased', worker: 'worker-1', attempt: 1 }],
    [
      0,
      {
        type: 'sandbox-started',
        sandboxId: '4f1c09ab7e02c3c3',
        image: 'clawbench-task/answer-checksum:9a31',
        durationMs: 412,
      },
    ],
    [0, { type: 'agent-started', driver: 'builtin', model: 'scripted/entry-test' }],
    [0, { type: 'turn-started', turn: 1 }],
    [
      0,
      {
        type: 'model-called',
        model: 'scripted/entry-test',
        inputTokens: 1_204,
        cachedInputTokens: 0,
        outputTokens: 64,
        costMicroUsd: null,
        status: 200,
        durationMs: 35,
      },
    ],
    [0, { type: 'agent-text', text: 'I look at the folder first, then compute the checksum.' }],
    [
      0,
      {
        type: 'tool-called',
        callId: 'c1',
        tool: 'clawbench_exec',
        input: '{"command":"ls -la --color=always /app && sha256sum /app/data.bin"}',
      },
    ],
    [
      1,
      {
        type: 'sandbox-started',
        sandboxId: '4f1c09ab7e12c3c3',
        image: 'clawbench-task/count-words:77ab',
        durationMs: 398,
      },
    ],
    [
      0,
      {
        type: 'tool-returned',
        callId: 'c1',
        tool: 'clawbench_exec',
        failed: false,
        output:
          'exit code 0 after 0.02 s\n--- stdout\ntotal 8\n-rw-r--r-- 1 agent agent 4096 \u001b[01;34mdata.bin\u001b[0m\n3b0c…  /app/data.bin',
        durationMs: 21,
      },
    ],
    [0, { type: 'tool-called', callId: 'c2', tool: 'clawbench_submit_answer', input: '{"answer":"3b0c"}' }],
    [
      0,
      {
        type: 'tool-returned',
        callId: 'c2',
        tool: 'clawbench_submit_answer',
        failed: true,
        output: 'error conflict: a different answer was accepted before and stays the answer',
        durationMs: 4,
      },
    ],
    [1, { type: 'agent-text', text: '<script>alert("hostile")</script> and <b>bold</b>' }],
    [1, { type: 'output-truncated', callId: 'c9', keptBytes: 32_768, droppedBytes: 1_201_330 }],
    [0, { type: 'agent-ended', reason: 'finished', exitCode: 0 }],
    [0, { type: 'sandbox-sealed', durationMs: 143 }],
    [0, { type: 'verification-started' }],
    [
      0,
      {
        type: 'verification-finished',
        reward: 1,
        tests: { passed: 3, failed: 0, other: 0 },
        durationMs: 801,
      },
    ],
    [0, { type: 'sandbox-removed', durationMs: 96 }],
    [0, { type: 'trial-finished', outcome: graded(1, 3, 0) }],
    [1, { type: 'limit-reached', limit: 'wall-time' }],
    [1, { type: 'trial-finished', outcome: graded(0, 1, 2) }],
  ];
  return log.map(([trial, event], index) => ({
    runId: id,
    seq: index + 1,
    at: sampleStart + 3_000 + index * 730,
    trialId: trial === null ? null : sampleTrialId(trial),
    event,
  }));
}
