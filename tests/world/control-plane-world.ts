import { setImmediate as endOfTurn } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import type { Publisher, RunRequest, RunView } from '../../src/control-plane/control-plane.ts';
import { createControlPlane, type ControlPlaneParts } from '../../src/control-plane/create-control-plane.ts';
import { defaultTimings, type ControlPlaneDeps } from '../../src/control-plane/deps.ts';
import { Nudge } from '../../src/control-plane/nudge.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Trial } from '../../src/domain/trial.ts';
import { silentLog } from '../../src/main/pino-log.ts';
import { FakeSandboxProvider } from '../../src/sandboxes/fake/fake-sandbox-provider.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';
import type { Stores } from '../../src/storage/stores.ts';
import type { LoggedEvent } from '../../src/telemetry/events.ts';
import { PlayedBenchmark, PlayedDriver, PlayedGateway, sampleTask } from './played-parts.ts';
import { sampleOrigin } from './run-samples.ts';
import { VirtualTime } from './virtual-time.ts';

/** Remembers what it was given; answers and throws as a test says. */
export class RecordingPublisher implements Publisher {
  readonly views: RunView[] = [];
  answer: 'settled' | 'again' = 'settled';
  failures = 0;

  async publish(view: RunView): Promise<'settled' | 'again'> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the other side is down');
    }
    this.views.push(view);
    return this.answer;
  }

  statusesOf(id: RunId): readonly string[] {
    return this.views.filter(({ run }) => run.id === id).map(({ run }) => run.status);
  }
}

/** One process of an installation. */
export interface WorldProcess extends ControlPlaneParts {
  readonly nudge: Nudge;
}

const manyTurns = 5_000;

/** An installation in memory: a real SQLite database, played everything else, and time that stands still. */
export class ControlPlaneWorld {
  readonly time = new VirtualTime(1_800_000_000_000);
  readonly stores: Stores;
  readonly sandboxes: FakeSandboxProvider;
  readonly benchmark: PlayedBenchmark;
  readonly driver = new PlayedDriver('builtin', true);
  readonly oracle = new PlayedDriver('oracle', false);
  readonly gateway = new PlayedGateway();
  readonly publisher = new RecordingPublisher();
  readonly ids: () => string;
  #processes = 0;
  #requests = 0;

  private constructor(tasks: readonly Task[]) {
    let seed = 0;
    this.ids = monotonicFactory(() => ((seed += 1) % 1_000) / 1_000);
    this.stores = openSqlite({ path: ':memory:', log: silentLog });
    this.sandboxes = new FakeSandboxProvider({
      clock: this.time,
      interpreter: () => ({ exitCode: 0 }),
    });
    this.benchmark = new PlayedBenchmark(tasks);
  }

  static async open(
    tasks: readonly Task[] = [sampleTask('alpha'), sampleTask('beta')],
  ): Promise<ControlPlaneWorld> {
    const world = new ControlPlaneWorld(tasks);
    await world.stores.migrate();
    return world;
  }

  async close(): Promise<void> {
    await this.stores.close();
  }

  /** Starts another process of the installation. */
  start(changes: Partial<ControlPlaneDeps> = {}): WorldProcess {
    this.#processes += 1;
    const nudge = changes.nudge ?? new Nudge();
    const parts = createControlPlane({
      stores: this.stores,
      sandboxes: this.sandboxes,
      benchmarks: [this.benchmark],
      drivers: [this.driver, this.oracle],
      gateway: this.gateway,
      toolServer: { connect: () => Promise.reject(new Error('no tools in this world')) },
      publisher: this.publisher,
      clock: this.time,
      wait: this.time.wait,
      ids: { next: () => this.ids() },
      log: silentLog,
      nudge,
      instance: 'world',
      workerId: `worker-${this.#processes}`,
      isDeadWorker: () => false,
      nonceKey: new Uint8Array(32).fill(7),
      maxConcurrentSandboxes: 5,
      defaultModel: 'scripted/entry-test',
      timings: defaultTimings,
      ...changes,
    });
    return { ...parts, nudge };
  }

  /** A valid request, different from every earlier one. */
  request(changes: Partial<RunRequest> = {}): RunRequest {
    this.#requests += 1;
    return { pack: 'entry-test@1', tasks: [], origin: sampleOrigin(`world:${this.#requests}`), ...changes };
  }

  async createRun(process: WorldProcess, changes: Partial<RunRequest> = {}): Promise<Run> {
    const admission = await process.controlPlane.createRun(this.request(changes));
    if (admission.kind === 'refused') throw new Error(JSON.stringify(admission.faults));
    return admission.run;
  }

  /** Lets everything under way go on until `done`, without moving the time. */
  async until(done: () => boolean | Promise<boolean>): Promise<void> {
    for (let turn = 0; turn < manyTurns; turn += 1) {
      if (await done()) return;
      await endOfTurn();
    }
    throw new Error('it did not come to that');
  }

  /** Ticks like `src/main` would, until no trial is executed and the run has ended. */
  async finish(process: WorldProcess, id: RunId): Promise<Run> {
    for (let round = 0; round < 100; round += 1) {
      await process.tickWorker(this.time.now());
      await this.until(() => process.load() === 0);
      await process.tickSweep(this.time.now());
      await process.tickPublish(this.time.now());
      const run = await this.runOf(id);
      if (run.finishedAt !== null) return run;
      this.time.advance(1_000);
    }
    throw new Error(`run ${id} did not end`);
  }

  async runOf(id: RunId): Promise<Run> {
    const run = await this.stores.runs.get(id);
    if (!run) throw new Error(`there is no run ${id}`);
    return run;
  }

  async trialsOf(id: RunId): Promise<readonly Trial[]> {
    return await this.stores.trials.ofRun(id);
  }

  async eventsOf(id: RunId): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (;;) {
      const page = await this.stores.events.read(id, events.at(-1)?.seq ?? 0, 1_000);
      events.push(...page);
      if (page.length < 1_000) return events;
    }
  }
}
