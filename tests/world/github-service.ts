import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect } from 'vitest';
import type {
  CancelAnswer,
  CatalogView,
  ControlPlane,
  RunAdmission,
  RunRequest,
  RunView,
} from '../../src/control-plane/control-plane.ts';
import { nearestName } from '../../src/control-plane/name-matching.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { isRunLive, type Run } from '../../src/domain/run.ts';
import { formatThread } from '../../src/domain/thread.ts';
import { webhookPath } from '../../src/github/front-door.ts';
import { createGitHubApp, type GitHubApp, type GitHubAppOptions } from '../../src/github/github-app.ts';
import { startSimulator, type SimulatorOptions } from '../../src/github/simulator/simulator.ts';
import type { ThreadName } from '../../src/github/simulator/world.ts';
import { openSqlite } from '../../src/storage/kysely/open-sqlite.ts';
import type { Stores } from '../../src/storage/stores.ts';
import { KeptLog } from './edge-doubles.ts';
import { watchSimulator } from './github-schemas.ts';
import { nextRunId, queuedEvent, sampleSpec, sampleTrials } from './run-samples.ts';
import { movableClock } from './simulated-github.ts';

/** A control plane whose runs go on only as the test says. Runs are in the database, because publications refer to them. */
export class PlayedControlPlane implements ControlPlane {
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #views = new Map<RunId, RunView>();
  readonly requests: RunRequest[] = [];
  readonly cancelled: { readonly id: RunId; readonly by: string }[] = [];

  constructor(stores: Stores, clock: Clock) {
    this.#stores = stores;
    this.#clock = clock;
  }

  /** Newest first. */
  get runs(): readonly Run[] {
    return [...this.#views.values()].map(({ run }) => run).toReversed();
  }

  get newest(): RunView {
    const view = [...this.#views.values()].at(-1);
    if (!view) throw new Error('no run was created');
    return view;
  }

  /** Changes a run, by default the newest. */
  change(changes: Partial<Run>, trials?: RunView['trials'], id: RunId = this.newest.run.id): RunView {
    const view = this.#views.get(id) ?? this.newest;
    const changed = { ...view, run: { ...view.run, ...changes }, trials: trials ?? view.trials };
    this.#views.set(id, changed);
    return changed;
  }

  async createRun(request: RunRequest): Promise<RunAdmission> {
    this.requests.push(request);
    const valid = ['entry-test', 'terminal-bench'];
    const [benchmark = ''] = request.pack.split('@');
    if (!valid.includes(benchmark)) {
      const message = `there is no benchmark "${benchmark}"`;
      const nearest = nearestName(benchmark, valid);
      return { kind: 'refused', faults: [{ field: 'pack', message, nearest, valid }] };
    }
    const trials = sampleTrials(2);
    const { run, isNew } = await this.#create(request, trials);
    if (!isNew) return { kind: 'duplicate', run };
    this.#views.set(run.id, { run, trials: [], taskTitles: {}, ahead: 2 });
    return { kind: 'created', run };
  }

  async #create(request: RunRequest, trials: ReturnType<typeof sampleTrials>) {
    const id = nextRunId();
    const run = { id, spec: sampleSpec, origin: request.origin, createdAt: this.#clock.now() };
    const created = await this.#stores.runs.create(run, trials, queuedEvent(trials.length));
    return { run: created.run, isNew: created.run.id === id };
  }

  async cancelRun(id: RunId, by: string): Promise<CancelAnswer> {
    const view = this.#views.get(id);
    if (!view) return 'not-found';
    if (!isRunLive(view.run.status)) return 'too-late';
    if (view.run.cancelRequest) return 'already';
    this.cancelled.push({ id, by });
    this.change({ cancelRequest: { by, at: this.#clock.now() } }, undefined, id);
    return 'requested';
  }

  async viewRun(id: RunId): Promise<RunView | undefined> {
    return this.#views.get(id);
  }

  async listRuns({ thread, live, limit }: Parameters<ControlPlane['listRuns']>[0]): Promise<readonly Run[]> {
    return this.runs
      .filter(
        ({ origin }) => thread === undefined || (origin.thread && formatThread(origin.thread) === thread),
      )
      .filter(({ status }) => !live || isRunLive(status))
      .slice(0, limit);
  }

  async catalog(): Promise<readonly CatalogView[]> {
    return [];
  }

  async *followEvents(): AsyncIterable<never> {}

  async readEvents(): Promise<readonly []> {
    return [];
  }
}

export const repositoryName = 'octo/hello';
export const webhookSecret = 'a secret of this test';
const markerKey = new Uint8Array(32).fill(7);

/** A front door on a free port of its own. */
export async function serveFrontDoor(app: Pick<GitHubApp, 'frontDoor'>) {
  const server = createServer((request, response) => app.frontDoor(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}${webhookPath}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * The GitHub side of the service against a simulated GitHub: repository `octo/hello`, the app installed, `ada` with the role write.
 * Disposing of it checks that all traffic fits GitHub's schemas.
 */
export async function githubService(
  options: Partial<GitHubAppOptions> = {},
  simulated: Partial<SimulatorOptions> = {},
) {
  const clock = movableClock();
  const log = new KeptLog();
  const simulator = await startSimulator({ clock, ...simulated });
  const problems = watchSimulator(simulator);
  const { world } = simulator;
  const stores = openSqlite({ path: ':memory:', log });
  await stores.migrate();
  const plane = new PlayedControlPlane(stores, clock);
  /** A process of the service; several share what is stored. */
  const startApp = (): GitHubApp =>
    createGitHubApp({
      appId: simulator.app.id,
      privateKey: simulator.app.privateKeyPem ?? '',
      secrets: [webhookSecret],
      apiBaseUrl: simulator.apiUrl,
      controlPlane: plane,
      stores,
      publicBaseUrl: 'https://bench.example',
      clock,
      log,
      markerKey,
      editIntervalMs: 20_000,
      paceWrites: false,
      ...options,
    });
  const app = startApp();
  const door = await serveFrontDoor(app);
  world.setWebhook(door.url, webhookSecret);
  world.createRepository(repositoryName);
  world.addCollaborator(repositoryName, 'ada', 'write');
  const { installationId } = await world.install('octo');
  await app.idle();
  return {
    app,
    startApp,
    clock,
    door,
    log,
    plane,
    simulator,
    stores,
    world,
    installationId,
    openPull: () => world.openPullRequest({ repository: repositoryName, author: 'ada', title: 'Try it' }),
    openIssue: () => world.openIssue({ repository: repositoryName, author: 'ada', title: 'Say it' }),
    /** Writes a comment and waits until what it asks for was done. Returns its id. */
    comment: async (thread: ThreadName, login: string, body: string) => {
      const { id } = await world.comment(thread, login, body);
      await world.idle();
      await app.idle();
      return id;
    },
    /** Lets time pass until failed deliveries are due, and handles them. */
    retry: async (milliseconds: number) => {
      clock.advance(milliseconds);
      await app.tickInbox(clock.now());
      await app.idle();
    },
    /** The comments the app wrote. */
    answers: (thread: ThreadName) =>
      world.thread(thread).comments.filter(({ login }) => login === 'clawbench[bot]'),
    reactions: (thread: ThreadName, commentId: number) =>
      world
        .thread(thread)
        .comments.find(({ id }) => id === commentId)
        ?.reactions.map(({ content }) => content),
    [Symbol.asyncDispose]: async () => {
      await world.idle();
      await app.stop();
      await door.close();
      await simulator.close();
      await stores.close();
      expect(problems()).toEqual([]);
    },
  };
}
