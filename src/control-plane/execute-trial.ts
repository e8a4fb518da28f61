import type { Benchmark, Materialised, Verification } from '../benchmarks/benchmark.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { formatModel } from '../domain/model.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Task } from '../domain/task.ts';
import type { Sandbox, SandboxImage, SealedSandbox } from '../sandboxes/sandbox.ts';
import { maxArtifactBytes } from '../storage/artifact-store.ts';
import { driveAgent, type DrivenEnding } from './drive-agent.ts';
import { findPack } from './installed-packs.ts';
import { endingOf, faulted, recordEnding, type TryEnding } from './trial-ending.ts';
import type { TrialExecution } from './trial-execution.ts';

const maxProgressLines = 200;
/** Enough for any honest task, too few for a fork bomb to matter. */
const maxProcesses = 512;

/**
 * Carries one claimed trial to its end: sandbox, agent, seal, verifier, outcome.
 * Never rejects for what a trial does. The sandbox is removed on every path before anything final is written; where
 * that fails, the sweep does it. Without a current lease nothing is written.
 */
export async function executeTrial(execution: TrialExecution): Promise<void> {
  const ending = await carryOut(execution).catch((thrown: unknown) => endingOf(execution, thrown));
  execution.grant?.revoke();
  await removeSandbox(execution);
  await recordEnding(execution, ending);
}

async function carryOut(execution: TrialExecution): Promise<TryEnding> {
  const { stop, journal } = execution;
  const { task, benchmark } = await findTask(execution);
  const made = await benchmark.materialise(task, execution.nonce);
  stop.check();
  await journal.move('preparing', {});
  const image = await provideImage(execution, made);
  const sandbox = await startSandbox(execution, { task, made, image });
  execution.step = 'files';
  await stop.orStop(made.prepare(sandbox.session()));
  const driven = await letAgentWork(execution, { benchmark, task, made, sandbox });
  await keepTrace(execution, made.instruction);
  if (driven.kind === 'model-unavailable') {
    return faulted('model-provider', `the model could not be reached: ${driven.detail}`);
  }
  const sealed = await seal(execution, sandbox);
  const verification = await verify(execution, { benchmark, task, sealed });
  await keepFiles(execution, verification);
  return decide(driven, verification);
}

async function findTask({ deps, claim }: TrialExecution): Promise<{ task: Task; benchmark: Benchmark }> {
  const found = await findPack(deps.benchmarks, claim.run.spec.pack);
  const task = found?.pack.tasks.find(({ id }) => id === claim.trial.taskId);
  if (found && task && task.digest === claim.trial.taskDigest) return { task, benchmark: found.benchmark };
  throw new ClawBenchError(
    'not-found',
    `task "${claim.trial.taskId}" is not installed any more as it was when the run was accepted`,
  );
}

async function provideImage(execution: TrialExecution, { image }: Materialised): Promise<SandboxImage> {
  execution.step = 'image';
  const { deps, journal, stop } = execution;
  let lines = 0;
  const onProgress = (line: string) => {
    lines += 1;
    if (lines <= maxProgressLines && !stop.signal.aborted) journal.add({ type: 'image-building', line });
  };
  const present =
    image.kind === 'prebuilt'
      ? deps.sandboxes.pullImage(image.reference, onProgress)
      : deps.sandboxes.buildImage(image.context, onProgress);
  return await stop.orStop(present);
}

async function startSandbox(
  execution: TrialExecution,
  { task, made, image }: { readonly task: Task; readonly made: Materialised; readonly image: SandboxImage },
): Promise<Sandbox> {
  execution.step = 'sandbox';
  const { deps, claim, journal, stop } = execution;
  const { cpus, memoryMb, network, workdir, agentUser } = task.environment;
  const startedAt = deps.clock.now();
  stop.check();
  const sandbox = await deps.sandboxes.create({
    image,
    owner: {
      instance: deps.instance,
      runId: claim.run.id,
      trialId: claim.trial.id,
      leaseToken: claim.lease.token,
    },
    cpus,
    memoryMb,
    pids: maxProcesses,
    network,
    env: made.env,
    workdir,
    agentUser,
    // Every driver works beside the sandbox and reaches the model from this process: nothing inside needs a way out.
    endpoints: [],
  });
  execution.sandbox = sandbox;
  stop.check();
  journal.add({
    type: 'sandbox-started',
    sandboxId: sandbox.id,
    image: image.reference,
    durationMs: deps.clock.now() - startedAt,
  });
  return sandbox;
}

async function letAgentWork(
  execution: TrialExecution,
  scene: {
    readonly benchmark: Benchmark;
    readonly task: Task;
    readonly made: Materialised;
    readonly sandbox: Sandbox;
  },
): Promise<DrivenEnding> {
  execution.step = 'agent';
  const { deps, claim, journal, stop } = execution;
  const { driver: driverId, model } = claim.run.spec.agent;
  const driver = deps.drivers.find(({ id }) => id === driverId);
  if (!driver) throw new ClawBenchError('unsupported', `the agent driver "${driverId}" is not installed`);
  stop.check();
  if (driver.needsModel && model) {
    execution.grant = deps.gateway.grant({
      lease: claim.lease,
      model,
      limits: claim.run.spec.limits,
      spent: claim.trial.spend,
      onEvent: (event) => journal.add(event),
    });
    journal.hide(execution.grant.token);
  }
  const { sandbox } = scene;
  await journal.move(
    'running',
    {
      sandbox: {
        provider: deps.sandboxes.id,
        id: sandbox.id,
        image: sandbox.image.reference,
        imageDigest: sandbox.image.digest,
      },
    },
    { type: 'agent-started', driver: driverId, model: model && formatModel(model) },
  );
  return await driveAgent(execution, {
    driver,
    benchmark: scene.benchmark,
    task: scene.task,
    instruction: scene.made.instruction,
    sandbox,
  });
}

async function seal(execution: TrialExecution, sandbox: Sandbox): Promise<SealedSandbox> {
  execution.step = 'seal';
  const { deps, journal, stop } = execution;
  stop.check();
  const startedAt = deps.clock.now();
  const sealed = await sandbox.seal();
  await journal.move(
    'verifying',
    {},
    { type: 'sandbox-sealed', durationMs: deps.clock.now() - startedAt },
    { type: 'verification-started' },
  );
  return sealed;
}

async function verify(
  execution: TrialExecution,
  scene: { readonly benchmark: Benchmark; readonly task: Task; readonly sealed: SealedSandbox },
): Promise<Verification> {
  execution.step = 'verifier';
  const { deps, journal, stop, nonce } = execution;
  const startedAt = deps.clock.now();
  const verification = await stop.orStop(scene.benchmark.verify(scene.task, nonce, scene.sealed));
  const judged = verification.kind === 'judged' ? verification : undefined;
  journal.add({
    type: 'verification-finished',
    reward: judged?.reward ?? null,
    tests: judged?.tests ?? null,
    durationMs: deps.clock.now() - startedAt,
  });
  return verification;
}

/** Keeps what the agent did, as it was recorded: without it nobody could check a result. */
async function keepTrace({ deps, claim, journal }: TrialExecution, instruction: string): Promise<void> {
  const { run, trial, lease } = claim;
  const trace = {
    schema: 'clawbench-trace@1',
    runId: run.id,
    trialId: trial.id,
    taskId: trial.taskId,
    repetition: trial.repetition,
    try: trial.tries,
    agent: run.spec.agent,
    instruction,
    events: journal.events,
  };
  await deps.stores.artifacts.put(lease, {
    name: 'trace.json',
    kind: 'trace',
    bytes: new TextEncoder().encode(JSON.stringify(trace)),
  });
}

async function keepFiles(execution: TrialExecution, { files }: Verification): Promise<void> {
  execution.step = 'artifacts';
  const { deps, claim } = execution;
  for (const { name, kind, bytes } of files) {
    await deps.stores.artifacts.put(claim.lease, { name, kind, bytes: bytes.subarray(0, maxArtifactBytes) });
  }
}

function decide(driven: DrivenEnding, verification: Verification): TryEnding {
  if (verification.kind === 'faulted') return faulted(verification.fault, verification.message);
  const { reward, tests } = verification;
  const outcome: Outcome =
    driven.kind === 'limited'
      ? { kind: 'limited', limit: driven.limit, reward, tests }
      : { kind: 'graded', reward, tests };
  return { kind: 'decided', outcome };
}

async function removeSandbox(execution: TrialExecution): Promise<void> {
  const { deps, claim, sandbox, journal } = execution;
  if (!sandbox) return;
  const startedAt = deps.clock.now();
  try {
    await sandbox.remove();
    if (execution.stop.reason?.kind !== 'lease-lost') {
      journal.add({ type: 'sandbox-removed', durationMs: deps.clock.now() - startedAt });
    }
  } catch (error) {
    deps.log.warn('a sandbox could not be removed; the sweep will try again', {
      trialId: claim.trial.id,
      sandboxId: sandbox.id,
      error,
    });
  }
}
