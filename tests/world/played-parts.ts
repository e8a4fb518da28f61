import type { AgentContext, AgentDriver, AgentEnding, AgentEvent } from '../../src/agents/agent-driver.ts';
import type { Benchmark, Materialised, Pack, Verification } from '../../src/benchmarks/benchmark.ts';
import type { AgentDriverId } from '../../src/domain/agent-identity.ts';
import { ClawBenchError } from '../../src/domain/errors.ts';
import type { ModelRef, ModelSpend } from '../../src/domain/model.ts';
import type { LimitKind } from '../../src/domain/outcome.ts';
import type { Task, TaskEnvironment, TaskFault } from '../../src/domain/task.ts';
import type { GrantRequest, ModelGateway, ModelGrant } from '../../src/models/model-gateway.ts';
import type { ArchiveFile, SealedSandbox } from '../../src/sandboxes/sandbox.ts';

const environment: TaskEnvironment = {
  image: { kind: 'prebuilt', reference: 'clawbench-base' },
  cpus: 1,
  memoryMb: 256,
  network: { mode: 'none' },
  env: {},
  workdir: '/app',
  agentUser: 'agent',
  buildTimeoutMs: 60_000,
};

export function sampleTask(id: string, changes: Partial<Task> = {}): Task {
  return {
    id,
    digest: `sha256:${id}`,
    instruction: 'Write {{nonce}} to /app/answer.',
    title: `The ${id} task`,
    difficulty: 'easy',
    category: 'files',
    agentTimeoutMs: 120_000,
    verifierTimeoutMs: 60_000,
    environment,
    answerPath: null,
    ...changes,
  };
}

/** A benchmark whose tasks ask to write the nonce to `/app/answer`; `verdicts` overrides what is found there. */
export class PlayedBenchmark implements Benchmark {
  readonly id = 'entry-test';
  readonly verdicts = new Map<string, () => Promise<Verification>>();
  /** Nonces tasks were materialised with. */
  readonly nonces: { readonly taskId: string; readonly nonce: string }[] = [];
  installed: Pack[];

  constructor(tasks: readonly Task[], faults: readonly TaskFault[] = []) {
    this.installed = ['1', '2'].map((version) => ({
      identity: { benchmark: this.id, version, digest: `sha256:pack-${version}` },
      title: 'Played',
      tasks,
      faults,
    }));
  }

  async packs(): Promise<readonly Pack[]> {
    return this.installed;
  }

  async materialise(task: Task, nonce: string): Promise<Materialised> {
    this.nonces.push({ taskId: task.id, nonce });
    const { image } = task.environment;
    return {
      instruction: task.instruction.replace('{{nonce}}', nonce),
      image:
        image.kind === 'prebuilt'
          ? image
          : {
              kind: 'build',
              context: {
                digest: image.contextDigest,
                name: task.id,
                files: [{ path: 'Dockerfile', bytes: new TextEncoder().encode('FROM scratch') }],
                timeoutMs: 60_000,
              },
            },
      env: { CLAWBENCH_NONCE: nonce },
      prepare: (session) => session.writeFile('/app/task', new TextEncoder().encode(nonce)),
    };
  }

  async solution(): Promise<readonly ArchiveFile[]> {
    return [];
  }

  async verify(task: Task, nonce: string, sandbox: SealedSandbox): Promise<Verification> {
    const verdict = this.verdicts.get(task.id);
    if (verdict) return await verdict();
    const answer = await sandbox.session
      .readFile('/app/answer', { maxBytes: 100 })
      .catch((thrown: unknown) => {
        if (ClawBenchError.from(thrown).code === 'not-found') return { bytes: new Uint8Array() };
        throw thrown;
      });
    const reward = new TextDecoder().decode(answer.bytes) === nonce ? 1 : 0;
    return judged(reward);
  }
}

export function judged(reward: number): Extract<Verification, { kind: 'judged' }> {
  return {
    kind: 'judged',
    reward,
    tests: { passed: reward, failed: 1 - reward, other: 0 },
    files: [{ name: 'reward.txt', kind: 'reward', bytes: new TextEncoder().encode(String(reward)) }],
  };
}

type Play = (context: AgentContext) => AsyncIterable<AgentEvent>;

export function agentEnd(ending: AgentEnding, turns = 1): AgentEvent {
  return { type: 'agent-end', ending, turns };
}

/** Writes the nonce of the instruction, as an agent that understands would. */
export async function* solve(context: AgentContext): AsyncGenerator<AgentEvent> {
  const [nonce = ''] = /[0-9a-f]{32}/.exec(context.instruction) ?? [];
  yield { type: 'turn-started', turn: 1 };
  yield { type: 'tool-called', callId: 'c1', tool: 'write', input: '/app/answer' };
  await context.session.writeFile('/app/answer', new TextEncoder().encode(nonce));
  yield { type: 'tool-returned', callId: 'c1', tool: 'write', failed: false, output: 'ok', durationMs: 1 };
  yield { type: 'agent-text', text: 'Done.' };
  yield agentEnd({ kind: 'finished', detail: 'done' });
}

/** Works until it is told to stop, then does. */
export async function* workUntilStopped(context: AgentContext): AsyncGenerator<AgentEvent> {
  yield { type: 'turn-started', turn: 1 };
  if (!context.signal.aborted) {
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
  }
  yield agentEnd({ kind: 'aborted' });
}

/** A driver that plays what a test says, task by task. */
export class PlayedDriver implements AgentDriver {
  readonly id: AgentDriverId;
  readonly needsModel: boolean;
  readonly plays = new Map<string, Play>();
  readonly contexts: AgentContext[] = [];
  otherwise: Play = solve;

  constructor(id: AgentDriverId, needsModel: boolean) {
    this.id = id;
    this.needsModel = needsModel;
  }

  run(context: AgentContext): AsyncIterable<AgentEvent> {
    this.contexts.push(context);
    return (this.plays.get(context.taskId) ?? this.otherwise)(context);
  }
}

/** One grant and what a test makes the gateway say about it. */
export class PlayedGrant implements ModelGrant {
  readonly request: GrantRequest;
  readonly baseUrl = 'http://127.0.0.1:9/grant';
  readonly token: string;
  spent: ModelSpend;
  reached: LimitKind | undefined;
  failing = false;
  revoked = false;

  constructor(request: GrantRequest) {
    this.request = request;
    this.token = `token-of-${request.lease.trialId}`;
    this.spent = request.spent;
  }

  spend(): ModelSpend {
    return this.spent;
  }

  limit(): LimitKind | undefined {
    return this.reached;
  }

  upstreamFailed(): boolean {
    return this.failing;
  }

  revoke(): void {
    this.revoked = true;
  }
}

/** A gateway that grants anything but the model `openai/missing`. */
export class PlayedGateway implements ModelGateway {
  readonly priceTable = 'played prices';
  readonly grants: PlayedGrant[] = [];

  refusal(model: ModelRef): { readonly reason: string; readonly hint: string } | undefined {
    return model.id === 'missing' ? { reason: 'it is not served', hint: 'Choose another.' } : undefined;
  }

  grant(request: GrantRequest): PlayedGrant {
    const grant = new PlayedGrant(request);
    this.grants.push(grant);
    return grant;
  }

  of(trialId: string): PlayedGrant {
    const grant = this.grants.findLast(({ request }) => request.lease.trialId === trialId);
    if (!grant) throw new Error(`no grant of trial ${trialId}`);
    return grant;
  }
}
