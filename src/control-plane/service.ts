import { catalog, formatPack } from '../domain/benchmark.ts';
import { parseRunId, parseTrialId, type RunId } from '../domain/ids.ts';
import { liveRunStatuses, type Run, type RunSpec } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { NewTrial } from '../storage/run-store.ts';
import type { LoggedEvent } from '../telemetry/events.ts';
import type {
  CancelAnswer,
  CatalogView,
  ControlPlane,
  RunAdmission,
  RunRequest,
  RunView,
} from './control-plane.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { followEvents } from './follow-events.ts';
import { findPack } from './installed-packs.ts';
import { checkRequest } from './request-check.ts';

const maxListed = 200;
const maxEventsRead = 1_000;

const between = (value: number, least: number, most: number): number =>
  Math.min(Math.max(Math.trunc(value), least), most);

/** What edges may ask, answered from the stores and the installed packs. */
export class ControlPlaneService implements ControlPlane {
  readonly #deps: ControlPlaneDeps;

  constructor(deps: ControlPlaneDeps) {
    this.#deps = deps;
  }

  async createRun(request: RunRequest): Promise<RunAdmission> {
    const check = await checkRequest(this.#deps, request);
    if (check.kind === 'refused') return check;
    const { stores, ids, clock, nudge, log } = this.#deps;
    const { spec } = check;
    const trials = this.#newTrials(spec, check.tasks);
    const creation = await stores.runs.create(
      { id: parseRunId(ids.next()), spec, origin: request.origin, createdAt: clock.now() },
      trials,
      {
        type: 'run-queued',
        pack: formatPack(spec.pack),
        agent: spec.agent.name,
        trials: trials.length,
        requestedBy: request.origin.requestedBy,
      },
    );
    const { run } = creation;
    log.info('run requested', { runId: run.id, outcome: creation.kind, key: request.origin.key });
    nudge.tell({ kind: 'run', runId: run.id });
    nudge.tell({ kind: 'work' });
    return creation;
  }

  /** One repetition of every task before the next, so that a run cut short has seen all tasks alike. */
  #newTrials(spec: RunSpec, tasks: readonly Task[]): readonly NewTrial[] {
    return Array.from({ length: spec.trialsPerTask }, (_, index) =>
      tasks.map((task) => ({
        id: parseTrialId(this.#deps.ids.next()),
        taskId: task.id,
        taskDigest: task.digest,
        repetition: index + 1,
      })),
    ).flat();
  }

  async cancelRun(id: RunId, by: string): Promise<CancelAnswer> {
    const { stores, clock, nudge, log } = this.#deps;
    const answer = await stores.runs.requestCancel(id, by, clock.now());
    log.info('cancel requested', { runId: id, by, answer });
    if (answer === 'requested') nudge.tell({ kind: 'run', runId: id });
    return answer;
  }

  async viewRun(id: RunId): Promise<RunView | undefined> {
    return await viewRun(this.#deps, id);
  }

  async listRuns(filter: Parameters<ControlPlane['listRuns']>[0]): Promise<readonly Run[]> {
    const { live, limit, ...rest } = filter;
    return await this.#deps.stores.runs.list({
      ...rest,
      ...(live ? { statuses: liveRunStatuses } : {}),
      limit: between(limit, 1, maxListed),
    });
  }

  async catalog(): Promise<readonly CatalogView[]> {
    return await Promise.all(
      catalog.map(async (entry) => {
        const benchmark = this.#deps.benchmarks.find(({ id }) => id === entry.id);
        const packs = (await benchmark?.packs()) ?? [];
        return {
          ...entry,
          packs: packs.map(({ identity, tasks, faults }) => ({
            version: identity.version,
            digest: identity.digest,
            tasks: tasks.map(({ id }) => id),
            faults: faults.length,
          })),
        };
      }),
    );
  }

  followEvents(id: RunId, after: number, signal: AbortSignal): AsyncIterable<LoggedEvent> {
    return followEvents(this.#deps, id, after, signal);
  }

  async readEvents(id: RunId, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return await this.#deps.stores.events.read(id, after, between(limit, 1, maxEventsRead));
  }
}

/** A run as people see it; undefined when there is none. */
export async function viewRun(
  { stores, benchmarks }: Pick<ControlPlaneDeps, 'stores' | 'benchmarks'>,
  id: RunId,
): Promise<RunView | undefined> {
  const run = await stores.runs.get(id);
  if (!run) return undefined;
  const [trials, ahead, found] = await Promise.all([
    stores.trials.ofRun(id),
    run.status === 'queued' ? stores.runs.countAhead(id) : 0,
    findPack(benchmarks, run.spec.pack),
  ]);
  const titles = found?.pack.tasks.map((task) => [task.id, task.title] as const) ?? [];
  return { run, trials, taskTitles: Object.fromEntries(titles), ahead };
}
