import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { type RunId, type TrialId, parseRunId, parseTrialId } from '../../src/domain/ids.ts';
import type { Run, RunOrigin, RunSpec } from '../../src/domain/run.ts';
import type { RunEvent } from '../../src/telemetry/events.ts';
import type { NewRun, NewTrial } from '../../src/storage/run-store.ts';
import type { Stores } from '../../src/storage/stores.ts';
import type { Claim, ClaimRequest } from '../../src/storage/trial-store.ts';

const nextUlid = monotonicFactory(() => randomInt(1_000_000) / 1_000_000);

/** Later ones sort after earlier ones. */
export function nextRunId(): RunId {
  return parseRunId(nextUlid());
}

export function nextTrialId(): TrialId {
  return parseTrialId(nextUlid());
}

export const sampleSpec: RunSpec = {
  pack: { benchmark: 'entry-test', version: '1', digest: 'sha256:pack' },
  taskIds: ['arithmetic', 'greeting'],
  agent: {
    name: 'Tester_agent',
    driver: 'builtin',
    model: { provider: 'scripted', id: 'entry-test' },
  },
  trialsPerTask: 1,
  limits: { agentTimeoutMs: 60_000, maxTurns: 20, maxTokens: 100_000, maxCost: 500_000 },
  lane: 'dev',
  priceTable: 'genai-prices 0.1.8',
};

export function sampleOrigin(key: string): RunOrigin {
  return {
    kind: 'github',
    key,
    requestedBy: 'octocat',
    thread: { owner: 'octo-org', repo: 'agent', kind: 'pr', number: 17 },
    headSha: 'a'.repeat(40),
    installationId: 4711,
  };
}

export function sampleRun(facts: Partial<NewRun> = {}): NewRun {
  const id = facts.id ?? nextRunId();
  return { id, spec: sampleSpec, origin: sampleOrigin(`test:${id}`), createdAt: 1_000, ...facts };
}

/** Trials of tasks `task-000`, `task-001`, …, one each. */
export function sampleTrials(count: number): readonly NewTrial[] {
  return Array.from({ length: count }, (_, index) => ({
    id: nextTrialId(),
    taskId: `task-${String(index).padStart(3, '0')}`,
    taskDigest: 'sha256:task',
    repetition: 1,
  }));
}

export function queuedEvent(trials: number): RunEvent {
  return {
    type: 'run-queued',
    pack: 'entry-test@1',
    agent: 'Tester_agent',
    trials,
    requestedBy: 'octocat',
  };
}

/** Stores a run with `trials` queued trials. */
export async function queueRun(
  stores: Stores,
  trials: number,
  facts: Partial<NewRun> = {},
): Promise<{ readonly run: Run; readonly trials: readonly NewTrial[] }> {
  const queued = sampleTrials(trials);
  const { run } = await stores.runs.create(sampleRun(facts), queued, queuedEvent(trials));
  return { run, trials: queued };
}

/** Claims the next trial; one must wait. */
export async function claimNext(stores: Stores, facts: Partial<ClaimRequest> = {}): Promise<Claim> {
  const claim = await stores.trials.claim({ workerId: 'worker-1', now: 2_000, ttlMs: 45_000, ...facts });
  if (!claim) throw new Error('no trial is queued');
  return claim;
}
