import type { AgentDriver } from '../agents/agent-driver.ts';
import type { Pack } from '../benchmarks/benchmark.ts';
import {
  assertAgentName,
  instrumentDriverIds,
  testerAgentName,
  type AgentDriverId,
} from '../domain/agent-identity.ts';
import { catalog, formatPack, parsePackRef } from '../domain/benchmark.ts';
import { defaultTrialLimits, type TrialLimits } from '../domain/budget.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { formatModel, modelProviderIds, parseModel, type ModelRef } from '../domain/model.ts';
import type { RunSpec } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { RequestFault, RunRequest } from './control-plane.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { matchesGlob, nearestName } from './name-matching.ts';

/** A request that may be queued, or everything that is wrong with it. */
export type RequestCheck =
  | { readonly kind: 'accepted'; readonly spec: RunSpec; readonly tasks: readonly Task[] }
  | { readonly kind: 'refused'; readonly faults: readonly RequestFault[] };

type CheckDeps = Pick<ControlPlaneDeps, 'benchmarks' | 'drivers' | 'gateway' | 'sandboxes' | 'defaultModel'>;

const maxTrialsPerTask = 20;
/** Enough for the largest benchmark with five trials of each task. */
const maxTrials = 2_500;
const maxPatterns = 200;

const limitRanges: Readonly<Record<keyof TrialLimits, { readonly max: number; readonly unit: string }>> = {
  agentTimeoutMs: { max: 24 * 3_600_000, unit: 'milliseconds' },
  maxTurns: { max: 1_000, unit: 'turns' },
  maxTokens: { max: 100_000_000, unit: 'tokens' },
  maxCost: { max: 1_000_000_000, unit: 'millionths of a dollar' },
};

const defaultNames: Readonly<Record<AgentDriverId, string>> = {
  builtin: 'ClawBench_agent',
  oracle: 'Oracle',
  nop: 'Nop',
  fake: testerAgentName,
};

/** Checks every field of a request, so that a person reads all faults at once. */
export async function checkRequest(deps: CheckDeps, request: RunRequest): Promise<RequestCheck> {
  return await new RequestReader(deps, request).read();
}

class RequestReader {
  readonly #deps: CheckDeps;
  readonly #request: RunRequest;
  readonly #faults: RequestFault[] = [];

  constructor(deps: CheckDeps, request: RunRequest) {
    this.#deps = deps;
    this.#request = request;
  }

  async read(): Promise<RequestCheck> {
    const pack = await this.#pack();
    const tasks = pack ? this.#tasks(pack) : [];
    const driver = this.#driver();
    const model = driver && this.#model(driver);
    const name = driver && this.#name(driver, model ?? null);
    const trialsPerTask = this.#trialsPerTask(tasks.length);
    const limits = this.#limits(tasks, tasks.length * trialsPerTask);
    if (!pack || !driver || model === undefined || name === undefined || this.#faults.length > 0) {
      return { kind: 'refused', faults: this.#faults };
    }
    const spec: RunSpec = {
      pack: pack.identity,
      taskIds: tasks.map(({ id }) => id),
      agent: { name, driver: driver.id, model },
      trialsPerTask,
      limits,
      lane: this.#lane(),
      priceTable: this.#deps.gateway.priceTable,
    };
    return { kind: 'accepted', spec, tasks };
  }

  #refuse(
    field: RequestFault['field'],
    message: string,
    help: { readonly written?: string; readonly valid?: readonly string[] } = {},
  ): undefined {
    const valid = help.valid ?? [];
    const nearest = help.written === undefined ? undefined : nearestName(help.written, valid);
    this.#faults.push({ field, message, nearest, valid });
  }

  get #isInstrument(): boolean {
    return this.#request.origin.kind === 'instrument';
  }

  /** Runs of instruments are a lane of their own, which no other run can enter. */
  #lane(): RunSpec['lane'] {
    if (this.#isInstrument) return 'instrument';
    const { lane } = this.#request;
    return lane === undefined || lane === 'instrument' ? 'dev' : lane;
  }

  async #pack(): Promise<Pack | undefined> {
    const written = this.#request.pack;
    const installed = (await Promise.all(this.#deps.benchmarks.map((family) => family.packs()))).flat();
    const families = [...new Set(installed.map((pack) => pack.identity.benchmark))];
    try {
      const { benchmark, version } = parsePackRef(written);
      const versions = installed.filter((pack) => pack.identity.benchmark === benchmark);
      const pack = version
        ? versions.find((candidate) => candidate.identity.version === version)
        : versions.at(-1);
      if (pack) return pack;
      if (versions.length > 0) {
        const valid = versions.map(({ identity }) => formatPack(identity));
        return this.#refuse('pack', `version "${version}" of ${benchmark} is not installed`, {
          written,
          valid,
        });
      }
      const known = catalog.some(({ id }) => id === benchmark);
      const problem = known
        ? `no bench pack of ${benchmark} is installed`
        : `there is no benchmark "${benchmark}"`;
      return this.#refuse('pack', problem, { written: benchmark, valid: families });
    } catch (thrown) {
      return this.#refuse('pack', ClawBenchError.from(thrown).message, { written, valid: families });
    }
  }

  #tasks(pack: Pack): readonly Task[] {
    const patterns = [...new Set(this.#request.tasks)];
    if (patterns.length > maxPatterns) {
      this.#refuse('tasks', `${patterns.length} task patterns were given; at most ${maxPatterns} are read`);
      return [];
    }
    for (const pattern of patterns) this.#checkPattern(pattern, pack);
    const chosen = pack.tasks.filter(
      ({ id }) => patterns.length === 0 || patterns.some((pattern) => matchesGlob(id, pattern)),
    );
    if (pack.tasks.length === 0) {
      this.#refuse('tasks', `no task of ${formatPack(pack.identity)} can be loaded`);
    }
    for (const task of chosen) this.#checkEnvironment(task);
    return chosen;
  }

  #checkPattern(pattern: string, pack: Pack): void {
    if (pack.tasks.some(({ id }) => matchesGlob(id, pattern))) return;
    const broken = pack.faults.find(({ taskId }) => matchesGlob(taskId, pattern));
    const valid = pack.tasks.map(({ id }) => id);
    if (broken) {
      const line = broken.line === null ? '' : `, line ${broken.line}`;
      this.#refuse(
        'tasks',
        `task "${broken.taskId}" cannot be loaded: ${broken.message} (${broken.file}${line})`,
      );
    } else {
      this.#refuse('tasks', `no task of ${formatPack(pack.identity)} matches "${pattern.slice(0, 100)}"`, {
        written: pattern,
        valid,
      });
    }
  }

  #checkEnvironment({ id, environment }: Task): void {
    const { capabilities, id: provider } = this.#deps.sandboxes;
    const { mode } = environment.network;
    if (!capabilities.networkModes.includes(mode)) {
      this.#refuse('tasks', `task "${id}" needs network mode "${mode}", which ${provider} does not have`);
    }
    if (environment.image.kind === 'dockerfile' && !capabilities.build) {
      this.#refuse('tasks', `task "${id}" needs an image to be built, which ${provider} cannot do`);
    }
    if (environment.memoryMb > capabilities.maxMemoryMb || environment.cpus > capabilities.maxCpus) {
      this.#refuse(
        'tasks',
        `task "${id}" needs ${environment.cpus} CPUs and ${environment.memoryMb} MB; ${provider} has ${capabilities.maxCpus} and ${capabilities.maxMemoryMb} MB`,
      );
    }
  }

  #driver(): AgentDriver | undefined {
    const written = this.#request.driver ?? 'builtin';
    const driver = this.#deps.drivers.find(({ id }) => id === written);
    const open = this.#deps.drivers.filter(
      ({ id }) => this.#isInstrument || !instrumentDriverIds.includes(id),
    );
    if (driver && open.includes(driver)) return driver;
    const problem = driver
      ? `"${written}" is an instrument for checking bench packs and cannot be asked for`
      : `there is no agent driver "${written.slice(0, 60)}"`;
    return this.#refuse('driver', problem, { written, valid: open.map(({ id }) => id) });
  }

  /** Null for a driver that calls none; undefined when the request's cannot be used. */
  #model(driver: AgentDriver): ModelRef | null | undefined {
    const written = this.#request.model;
    if (!driver.needsModel) {
      return written === undefined
        ? null
        : this.#refuse('model', `the driver "${driver.id}" calls no model; leave model out`);
    }
    const text = written ?? this.#deps.defaultModel;
    if (text === undefined) {
      return this.#refuse(
        'model',
        'no model was named and the service has no default; add model=provider/id',
      );
    }
    const model = parseModel(text);
    if (!model) {
      const [provider = ''] = text.split('/');
      return this.#refuse('model', `"${text.slice(0, 100)}" is not a model; write provider/id`, {
        written: provider,
        valid: modelProviderIds,
      });
    }
    const refusal = this.#deps.gateway.refusal(model);
    if (!refusal) return model;
    return this.#refuse('model', `${formatModel(model)} cannot be used: ${refusal.reason}. ${refusal.hint}`);
  }

  #name(driver: AgentDriver, model: ModelRef | null): string | undefined {
    const standIn = model?.provider === 'scripted' ? testerAgentName : defaultNames[driver.id];
    const name = this.#request.agentName ?? standIn;
    try {
      assertAgentName(name);
      return name;
    } catch (thrown) {
      const { message, hint } = ClawBenchError.from(thrown);
      return this.#refuse('agent', hint ? `${message}. ${hint}` : message);
    }
  }

  #trialsPerTask(tasks: number): number {
    const wanted = this.#request.trialsPerTask ?? 1;
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > maxTrialsPerTask) {
      this.#refuse('trials', `trials must be a whole number from 1 to ${maxTrialsPerTask}, not ${wanted}`);
      return 1;
    }
    if (tasks * wanted > maxTrials) {
      this.#refuse('trials', `${tasks} tasks × ${wanted} trials is more than ${maxTrials} trials in one run`);
    }
    return wanted;
  }

  /** A request may only tighten what a task allows: more time than the task gives would not be comparable. */
  #limits(tasks: readonly Task[], trials: number): TrialLimits {
    const wanted = this.#request.limits ?? {};
    const longest = Math.max(0, ...tasks.map(({ agentTimeoutMs }) => agentTimeoutMs));
    const limits = {
      agentTimeoutMs: Math.min(this.#limit('agentTimeoutMs', wanted.agentTimeoutMs, longest), longest),
      maxTurns: this.#limit('maxTurns', wanted.maxTurns, defaultTrialLimits.maxTurns),
      maxTokens: this.#limit('maxTokens', wanted.maxTokens, defaultTrialLimits.maxTokens),
      maxCost: this.#limit('maxCost', wanted.maxCost, defaultTrialLimits.maxCost),
    };
    const share = this.#budgetShare(trials);
    return share === undefined ? limits : { ...limits, maxCost: Math.min(wanted.maxCost ?? share, share) };
  }

  #limit(name: keyof TrialLimits, wanted: number | undefined, fallback: number): number {
    if (wanted === undefined) return fallback;
    const { max, unit } = limitRanges[name];
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= max) return wanted;
    this.#refuse('limits', `${name} must be a whole number of ${unit} from 1 to ${max}, not ${wanted}`);
    return fallback;
  }

  /** Each trial's part of the run's money, so that no order of trials can spend more than the whole. */
  #budgetShare(trials: number): number | undefined {
    const { budget } = this.#request;
    if (budget === undefined) return undefined;
    const share = Number.isFinite(budget) ? Math.floor(budget / Math.max(1, trials)) : 0;
    if (share >= 1 && share <= limitRanges.maxCost.max) return share;
    return this.#refuse(
      'budget',
      `a budget of $${budget / 1_000_000} over ${trials} trials leaves no usable amount for each`,
    );
  }
}
