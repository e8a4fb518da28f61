import { expect, test } from 'vitest';
import { sampleRun, sampleTrials } from '../../../tests/world/run-samples.ts';
import { loggedEventOf } from './event-rows.ts';
import { runOf, runRow } from './run-rows.ts';
import { trialOf, trialRow } from './trial-rows.ts';

const row = runRow(sampleRun());

test.each([
  ['a status nobody knows', { status: 'paused' }, 'status'],
  ['JSON that is none', { spec: '{' }, 'does not parse'],
  ['JSON of another shape', { spec: '{"pack":"entry-test@1"}' }, 'spec.pack'],
  ['a thread that is none', { thread: 'octo-org/agent#17' }, 'does not parse'],
  ['a cancel request without a time', { cancelled_by: 'octocat' }, 'cancelRequest.at'],
])('a run with %s is an error that names the row and the fault', (_, change, fault) => {
  const read = () => runOf({ ...row, ...change });
  expect(read).toThrow(expect.objectContaining({ code: 'internal' }));
  expect(read).toThrow(`row ${row.id} of runs`);
  expect(read).toThrow(fault);
});

test('a trial with a reward that is none is an error', () => {
  const outcome = JSON.stringify({ kind: 'graded', reward: 7, tests: null });
  const rows = sampleTrials(1).map((trial) => trialRow(sampleRun(), trial, 0));
  for (const trial of rows) expect(() => trialOf({ ...trial, outcome })).toThrow('outcome.reward');
  expect(rows).toHaveLength(1);
});

test('an event of a later version is an error that names the event', () => {
  const event = { run_id: row.id, seq: 4, at: 1, trial_id: null, type: 'x', body: '{"type":"x"}' };
  expect(() => loggedEventOf(event)).toThrow(`row ${row.id}/4 of events`);
});
