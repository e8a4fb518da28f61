import { expect, test } from 'vitest';
import {
  cancelledView,
  finishedView,
  runningView,
  sampleRun,
  sampleStart,
  sampleTrial,
} from '../../../../tests/world/sample-run.ts';
import type { RunView } from '../../../control-plane/control-plane.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { runComment, runSummary } from './run-comment.ts';
import type { TextContext } from './run-facts.ts';

const context: TextContext = { now: sampleStart + 65_000, publicBaseUrl: 'https://bench.example' };
const most = 64_500;

const solved: Outcome = { kind: 'graded', reward: 1, tests: { passed: 4, failed: 0, other: 0 } };
const unsolved: Outcome = { kind: 'graded', reward: 0.25, tests: { passed: 1, failed: 3, other: 0 } };
const broken: Outcome = { kind: 'faulted', fault: 'sandbox', message: 'the Docker Engine did not answer' };

function queuedView(): RunView {
  const run = sampleRun({ status: 'queued', startedAt: null });
  const trials = run.spec.taskIds.map((taskId, index) => sampleTrial(index, taskId, 'queued'));
  return { run, trials, taskTitles: {}, ahead: 2 };
}

/** Three trials of each of two tasks by a real model, all gates passed. */
function repeatedView(): RunView {
  const outcomes = [solved, solved, solved, solved, unsolved, broken];
  const base = finishedView();
  const run = sampleRun({
    status: 'finished',
    finishedAt: sampleStart + 400_000,
    spec: {
      ...base.run.spec,
      taskIds: ['fix-sum', 'git-repair'],
      trialsPerTask: 3,
      agent: { name: 'Codex', driver: 'builtin', model: { provider: 'openai', id: 'gpt-5' } },
      lane: 'public',
    },
    result: base.run.result && {
      ...base.run.result,
      score: { mean: 0.85, interval: { low: 0.41, high: 0.99, level: 0.95, method: 'wilson-clustered' } },
      eligibility: { eligible: true, gates: [{ id: 'whole-pack', status: 'pass', reason: 'all 2 tasks' }] },
    },
  });
  const trials = outcomes.map((outcome, index) => ({
    ...sampleTrial(index, index < 3 ? 'fix-sum' : 'git-repair', outcome.kind, outcome),
    repetition: (index % 3) + 1,
  }));
  return { run, trials, taskTitles: base.taskTitles, ahead: 0 };
}

function brokenView(): RunView {
  const view = finishedView();
  const trials = view.trials.map((trial) => ({ ...trial, status: 'faulted' as const, outcome: broken }));
  const result = view.run.result && { ...view.run.result, score: { mean: null, interval: null } };
  return { ...view, run: { ...view.run, result }, trials };
}

test.each<[string, RunView, TextContext]>([
  ['queued', queuedView(), context],
  ['running', runningView(), context],
  ['finished', finishedView(), context],
  ['finished-repeated', repeatedView(), context],
  ['cancelled', cancelledView(), context],
  ['infrastructure-failed', brokenView(), context],
  ['finished-without-address', finishedView(), { ...context, publicBaseUrl: undefined }],
])('the comment of a run that is %s', async (name, view, facts) => {
  await expect(runComment(view, facts, most)).toMatchFileSnapshot(`./snapshots/${name}.md`);
});

test('a run that is to stop says who asked, and no longer how to stop it', async () => {
  const view = runningView();
  const stopping = { ...view, run: { ...view.run, cancelRequest: { by: 'ada', at: context.now } } };
  await expect(runComment(stopping, context, most)).toMatchFileSnapshot('./snapshots/stopping.md');
});

test('on an issue the comment says which commit was taken', () => {
  const view = queuedView();
  const thread = { owner: 'acme', repo: 'agent', kind: 'issue', number: 3 } as const;
  const issue = { ...view, run: { ...view.run, origin: { ...view.run.origin, thread } } };
  expect(runComment(issue, context, most)).toContain(
    '| commit | `0c8f1e2d3b4a`, head of the default branch: an issue has no commit of its own |',
  );
});

test('a scripted model is named in the heading, a note and the table, in every state', () => {
  for (const view of [queuedView(), runningView(), finishedView(), cancelledView(), brokenView()]) {
    const text = runComment(view, context, most);
    expect(text.split('\n')[0]).toMatch(/ · scripted model$/);
    expect(text).toContain('> **Scripted model:**');
    expect(text).toContain('`scripted/entry-test` (replays a script)');
    expect(runSummary(view, context, most)).toContain('> **Scripted model:**');
  }
  expect(runComment(repeatedView(), context, most)).not.toMatch(/scripted/i);
});

test('a fault of ours is never counted against the agent', () => {
  const text = runComment(brokenView(), context, most);
  expect(text).not.toContain('❌');
  expect(text).toContain('This says nothing about the agent.');
  expect(text).toContain('**no score**');
});

test('what agents, packs and verifiers say cannot mention, link or break the table', () => {
  const view = finishedView();
  const evil = '@everyone <img src=x> | [x](https://evil.example) `x` #12\n\n| a | b |';
  const trials = view.trials.map((trial) =>
    trial.outcome?.kind === 'faulted' ? { ...trial, outcome: { ...trial.outcome, message: evil } } : trial,
  );
  const taskTitles = Object.fromEntries(view.run.spec.taskIds.map((id) => [id, evil]));
  const lines = runComment({ ...view, trials, taskTitles }, context, most).split('\n');
  const told = lines.filter((line) => line.includes('everyone'));
  expect(told).toHaveLength(7);
  for (const line of told) {
    const outsideCode = line.replace(/`[^`]*`/g, '');
    expect(outsideCode).not.toMatch(/@everyone|<img|:\/\/evil|[^\\]\]\(|#12/);
    expect(outsideCode.match(/(?<!\\)\|/g) ?? []).toHaveLength(line.startsWith('|') ? 5 : 0);
  }
});

/** A run of many tasks whose titles fill the comment. */
function longView(tasks: number, isSolved: (index: number) => boolean): RunView {
  const view = finishedView();
  const taskIds = Array.from({ length: tasks }, (_, index) => `task-${index}`);
  const trials = taskIds.map((taskId, index) =>
    sampleTrial(index % 900, taskId, 'graded', isSolved(index) ? solved : unsolved),
  );
  const taskTitles = Object.fromEntries(taskIds.map((id) => [id, '🎉'.repeat(40)]));
  return { ...view, run: { ...view.run, spec: { ...view.run.spec, taskIds } }, trials, taskTitles };
}

test.each<[string, RunView, (text: string) => void]>([
  [
    'drops what was solved first',
    longView(400, (index) => index > 0),
    (text) => {
      expect(text).toContain('`task-0`');
      expect(text).not.toContain('`task-1`');
      expect(text).toContain('399 solved tasks are not shown here.');
    },
  ],
  [
    'then the details',
    longView(250, () => false),
    (text) => {
      expect(text).toContain('`task-249`');
      expect(text).not.toContain('Trials: sandboxes');
    },
  ],
  [
    'then everything but the head',
    longView(3_000, () => false),
    (text) => {
      expect(text).not.toContain('`task-0`');
      expect(text).toContain('There is too much to show here');
    },
  ],
])('a comment that is too long %s, and keeps verdict and link', (_name, view, check) => {
  const text = runComment(view, context, most);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
  expect(text).toMatch(/^### ❌ \d+ of \d+ tasks solved/);
  expect(text).toContain(`https://bench.example/runs/${view.run.id}`);
  check(text);
});
