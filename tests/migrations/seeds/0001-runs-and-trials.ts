import { type Kysely, sql } from 'kysely';

const finishedRun = '01K0V5Z3QK6M1T6E0G2Q1N0001';
const liveRun = '01K0V5Z3QK6M1T6E0G2Q1N0002';

const spec = JSON.stringify({
  pack: { benchmark: 'entry-test', version: '1', digest: 'sha256:pack' },
  taskIds: ['arithmetic'],
  agent: { name: 'Tester_agent', driver: 'builtin', model: { provider: 'scripted', id: 'entry-test' } },
  trialsPerTask: 1,
  limits: { agentTimeoutMs: 60000, maxTurns: 20, maxTokens: 100000, maxCost: 500000 },
  lane: 'dev',
  priceTable: 'genai-prices 0.1.8',
});
const spend = JSON.stringify({
  calls: 2,
  inputTokens: 900,
  cachedInputTokens: 100,
  outputTokens: 80,
  cost: 1200,
});
const graded = JSON.stringify({ kind: 'graded', reward: 1, tests: { passed: 3, failed: 0, other: 0 } });
const result = JSON.stringify({
  score: { mean: 1, interval: { low: 0.2, high: 1, level: 0.95, method: 'wilson' } },
  counts: { registered: 1, solved: 1, unsolved: 0, faulted: 0, cancelled: 0 },
  spend: { calls: 2, inputTokens: 900, cachedInputTokens: 100, outputTokens: 80, cost: 1200 },
  durationMs: 61000,
  eligibility: { eligible: false, gates: [{ id: 'model', status: 'fail', reason: 'a scripted model' }] },
  digest: 'sha256:result',
});
const sandbox = JSON.stringify({
  provider: 'docker',
  id: 'f00d',
  image: 'clawbench-base',
  imageDigest: 'sha256:image',
});

/** A finished run and one that is running, as a service that was in use leaves them. */
export async function seed(db: Kysely<unknown>): Promise<void> {
  await sql`insert into runs (id, status, lane, benchmark, origin_kind, origin_key, requested_by, thread, head_sha,
      installation_id, cancelled_by, cancelled_at, created_at, started_at, finished_at, last_seq, spec, result)
    values (${finishedRun}, 'finished', 'dev', 'entry-test', 'github', 'gh:comment:1:0', 'octocat', 'gh:octo-org/agent#pr:17',
      'abc', 4711, null, null, 1000, 2000, 63000, 3, ${spec}, ${result}),
    (${liveRun}, 'running', 'dev', 'entry-test', 'cli', 'cli:2', 'root', null, null, null, 'root', 5000, 4000, 4500, null, 2,
      ${spec}, null)`.execute(db);
  await sql`insert into trials (id, run_id, position, task_id, task_digest, repetition, status, tries, lease_token,
      lease_expires_at, turns, created_at, started_at, finished_at, sandbox, spend, outcome)
    values ('01K0V5Z3QK6M1T6E0G2Q1N0011', ${finishedRun}, 0, 'arithmetic', 'sha256:task', 1, 'graded', 2, 2, null, 4, 1000,
      2000, 62000, ${sandbox}, ${spend}, ${graded}),
    ('01K0V5Z3QK6M1T6E0G2Q1N0012', ${liveRun}, 0, 'arithmetic', 'sha256:task', 1, 'running', 1, 1, 50000, 1, 4000, 4500,
      null, ${sandbox}, ${spend}, null)`.execute(db);
  await sql`insert into leases (trial_id, token, worker_id, granted_at, ended_at, ending)
    values ('01K0V5Z3QK6M1T6E0G2Q1N0011', 1, 'worker-1', 2000, 3000, 'expired'),
      ('01K0V5Z3QK6M1T6E0G2Q1N0011', 2, 'worker-2', 4000, 62000, 'finished'),
      ('01K0V5Z3QK6M1T6E0G2Q1N0012', 1, 'worker-1', 4500, null, null)`.execute(db);
  const events = [
    [
      finishedRun,
      1,
      null,
      { type: 'run-queued', pack: 'entry-test@1', agent: 'Tester_agent', trials: 1, requestedBy: 'octocat' },
    ],
    [finishedRun, 2, '01K0V5Z3QK6M1T6E0G2Q1N0011', { type: 'agent-text', text: 'It’s done; "quoted" \\ 👩‍💻' }],
    [finishedRun, 3, null, { type: 'run-finished', mean: 1, solved: 1, registered: 1 }],
    [liveRun, 1, null, { type: 'run-started' }],
    [liveRun, 2, null, { type: 'run-cancel-requested', by: 'root' }],
  ] as const;
  for (const [runId, seq, trialId, event] of events) {
    await sql`insert into events (run_id, seq, at, trial_id, type, body)
      values (${runId}, ${seq}, 1000, ${trialId}, ${event.type}, ${JSON.stringify(event)})`.execute(db);
  }
}
