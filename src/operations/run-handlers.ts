import { operations, type OperationInput } from '../contract/operations.ts';
import type { ControlPlane, RequestFault, RunRequest, RunView } from '../control-plane/control-plane.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { parseRunId, type IdSource } from '../domain/ids.ts';
import { benchmarkDocument, eventDocument, runDocument, trialDocument } from './documents.ts';
import { handle, type Handlers } from './handler.ts';

const operatorName = 'operator';

type RunHandlers = Pick<
  Handlers,
  'list_benchmarks' | 'create_run' | 'list_runs' | 'get_run' | 'cancel_run' | 'read_events'
>;

/** Operations on runs, as the control plane does them. */
export function createRunHandlers(controlPlane: ControlPlane, ids: IdSource): RunHandlers {
  return {
    list_benchmarks: handle(operations.list_benchmarks, async () => ({
      benchmarks: (await controlPlane.catalog()).map(benchmarkDocument),
    })),
    create_run: handle(operations.create_run, async (input) => {
      const admission = await controlPlane.createRun(runRequest(input, ids));
      if (admission.kind === 'refused') throw refusal(admission.faults);
      return { run: runDocument(admission.run), created: admission.kind === 'created' };
    }),
    list_runs: handle(operations.list_runs, (input) => listRuns(controlPlane, input)),
    get_run: handle(operations.get_run, async ({ runId }) => {
      const view = await findRun(controlPlane, runId);
      return {
        run: runDocument(view.run),
        trials: view.trials.map(trialDocument),
        taskTitles: { ...view.taskTitles },
        ahead: view.ahead,
      };
    }),
    cancel_run: handle(operations.cancel_run, async ({ runId }) => {
      const answer = await controlPlane.cancelRun(parseRunId(runId), operatorName);
      if (answer === 'not-found') throw noSuchRun(runId);
      return { answer };
    }),
    read_events: handle(operations.read_events, async ({ runId, after, limit }) => {
      const events = await controlPlane.readEvents(parseRunId(runId), after, limit);
      if (events.length === 0) await findRun(controlPlane, runId);
      const last = events.length === limit ? events.at(-1) : undefined;
      return { events: events.map(eventDocument), next: last?.seq ?? null };
    }),
  };
}

/** @throws ClawBenchError `not-found`. */
export async function findRun(controlPlane: ControlPlane, runId: string): Promise<RunView> {
  const view = await controlPlane.viewRun(parseRunId(runId));
  if (!view) throw noSuchRun(runId);
  return view;
}

async function listRuns(controlPlane: ControlPlane, input: OperationInput<'list_runs'>) {
  const runs = await controlPlane.listRuns({
    limit: input.limit,
    ...(input.thread === undefined ? {} : { thread: input.thread }),
    ...(input.live === undefined ? {} : { live: input.live }),
    ...(input.before === undefined ? {} : { before: parseRunId(input.before) }),
  });
  const last = runs.length === input.limit ? runs.at(-1) : undefined;
  return { runs: runs.map(runDocument), next: last?.id ?? null };
}

function runRequest(input: OperationInput<'create_run'>, ids: IdSource): RunRequest {
  const { limits } = input;
  return {
    pack: input.pack,
    agentName: input.agent,
    driver: input.driver,
    model: input.model,
    tasks: input.tasks,
    trialsPerTask: input.trialsPerTask,
    budget: input.budgetMicroUsd,
    limits: limits && {
      ...(limits.agentTimeoutMs === undefined ? {} : { agentTimeoutMs: limits.agentTimeoutMs }),
      ...(limits.maxTurns === undefined ? {} : { maxTurns: limits.maxTurns }),
      ...(limits.maxTokens === undefined ? {} : { maxTokens: limits.maxTokens }),
      ...(limits.maxCostMicroUsd === undefined ? {} : { maxCost: limits.maxCostMicroUsd }),
    },
    origin: {
      kind: input.via,
      key: `${input.via}:${input.requestKey ?? ids.next()}`,
      requestedBy: operatorName,
      thread: null,
      headSha: null,
      installationId: null,
    },
  };
}

function refusal(faults: readonly RequestFault[]): ClawBenchError {
  const message = faults.map((fault) => `${fault.field}: ${fault.message}`).join('; ');
  const hints = faults.flatMap(({ nearest, valid }) => {
    if (nearest !== undefined) return [`Did you mean "${nearest}"?`];
    return valid.length > 0 ? [`Valid: ${valid.slice(0, 20).join(', ')}.`] : [];
  });
  return new ClawBenchError('invalid-input', message, hints.length > 0 ? { hint: hints.join(' ') } : {});
}

function noSuchRun(runId: string): ClawBenchError {
  return new ClawBenchError('not-found', `there is no run ${runId}`, {
    hint: 'Look at the list of runs: clawbench runs, or GET /v1/runs.',
  });
}
