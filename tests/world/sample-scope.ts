import type { TrialScope } from '../../src/control-plane/tool-desk.ts';
import { Lease } from '../../src/domain/lease.ts';
import type { Task } from '../../src/domain/task.ts';
import { FakeSandboxProvider } from '../../src/sandboxes/fake/fake-sandbox-provider.ts';
import type { FakeInterpreter } from '../../src/sandboxes/fake/fake-command.ts';
import { sampleRunId, sampleStart, sampleTrialId } from './sample-run.ts';

export const sampleClock = { now: () => sampleStart };

/** A task with a working directory and an answer file. */
export const sampleTask: Task = {
  id: 'answer-checksum',
  digest: `sha256:${'1'.repeat(64)}`,
  instruction: 'Give the checksum.',
  title: 'Answer with a checksum',
  difficulty: 'easy',
  category: 'answer',
  agentTimeoutMs: 300_000,
  verifierTimeoutMs: 60_000,
  environment: {
    image: { kind: 'prebuilt', reference: 'clawbench-base' },
    cpus: 1,
    memoryMb: 512,
    network: { mode: 'none' },
    env: {},
    workdir: '/app',
    agentUser: null,
    buildTimeoutMs: 60_000,
  },
  answerPath: '/app/answer.txt',
};

export interface SampleScope {
  readonly scope: TrialScope;
  readonly phase: AbortController;
  readonly provider: FakeSandboxProvider;
}

/** A trial in its agent phase, in an in-memory sandbox whose commands `interpreter` plays. */
export async function openScope(interpreter: FakeInterpreter, task: Task = sampleTask): Promise<SampleScope> {
  const provider = new FakeSandboxProvider({ clock: sampleClock, interpreter });
  const trialId = sampleTrialId(1);
  const sandbox = await provider.create({
    image: { reference: 'clawbench-base', digest: 'sha256:0' },
    owner: { instance: 'test', runId: sampleRunId, trialId, leaseToken: 1 },
    cpus: 1,
    memoryMb: 512,
    pids: 64,
    network: { mode: 'none' },
    env: {},
    workdir: '/app',
    agentUser: null,
    endpoints: [],
  });
  const phase = new AbortController();
  const lease = Lease.grant({
    trialId,
    runId: sampleRunId,
    workerId: 'worker-1',
    token: 1,
    expiresAt: sampleStart + 45_000,
  });
  const scope = {
    lease,
    task,
    instruction: task.instruction,
    session: sandbox.session(),
    signal: phase.signal,
  };
  return { scope, phase, provider };
}
