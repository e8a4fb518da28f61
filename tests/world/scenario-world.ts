import Docker from 'dockerode';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { z } from 'zod';
import { createEntryTest } from '../../src/benchmarks/entry-test/entry-test.ts';
import { openCredentials } from '../../src/config/credentials.ts';
import { startSimulator, type GitHubSimulator } from '../../src/github/simulator/simulator.ts';
import type { CommentView, ThreadView } from '../../src/github/simulator/thread-view.ts';
import type { OpenedThread } from '../../src/github/simulator/world.ts';
import { scriptedTasks } from '../../src/main/demo/scripted-tasks.ts';
import type { ScriptedTask } from '../../src/models/scripted/script.ts';
import { startScriptedModel, type ScriptedModel } from '../../src/models/scripted/scripted-model.ts';
import { watchSimulator } from './github-schemas.ts';
import { freshPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
import { startService, type ServiceProcess } from './service-process.ts';

const repository = 'harbour-labs/lighthouse-agent';
const secret = 'a-webhook-secret-for-scenarios';
const endings: ReadonlySet<string> = new Set(['hooray', '-1', 'confused']);

const reactionBody = z.looseObject({ content: z.string() });

export interface ScenarioOptions {
  readonly database: 'sqlite' | 'postgres';
  /** What the scripted model plays instead of the solutions. */
  readonly tasks?: readonly ScriptedTask[];
}

interface ScenarioParts {
  readonly home: string;
  readonly simulator: GitHubSimulator;
  readonly model: ScriptedModel;
  readonly postgres: PostgresDatabase | undefined;
  readonly violations: () => readonly string[];
  /** Reactions the App added, in the order it asked for them. */
  readonly reactions: string[];
}

/** One entry of a run's event log, as the API gives it. */
export interface SeenEvent {
  readonly seq: number;
  readonly event: { readonly type: string };
}

/** The product as it runs for its users: a service process, a local GitHub and a pull request. Ada may write, Mallory is nobody. */
export class Scenario implements AsyncDisposable {
  readonly #parts: ScenarioParts;
  readonly #docker = new Docker();
  readonly #instance: string;
  #service: ServiceProcess | undefined;
  pull: OpenedThread;

  private constructor(parts: ScenarioParts, pull: OpenedThread) {
    this.#parts = parts;
    this.pull = pull;
    this.#instance = openCredentials({
      home: parts.home,
      secretKey: undefined,
      operatorToken: undefined,
    }).instance;
  }

  static async start(options: ScenarioOptions): Promise<Scenario> {
    const simulator = await startSimulator({ clock: { now: () => Date.now() } });
    const parts = {
      home: mkdtempSync(join(tmpdir(), 'clawbench-scenario-')),
      simulator,
      model: await startScriptedModel({ tasks: options.tasks ?? (await scriptedTasks(createEntryTest())) }),
      postgres:
        options.database === 'postgres' ? await freshPostgresDatabase(inject('postgresUrl')) : undefined,
      violations: watchSimulator(simulator),
      reactions: new Array<string>(),
    };
    simulator.observe(({ method, path, requestBody }) => {
      const asked = reactionBody.safeParse(requestBody);
      if (method === 'POST' && path.endsWith('/reactions') && asked.success) {
        parts.reactions.push(asked.data.content);
      }
    });
    const { world } = simulator;
    world.createRepository(repository, { isOrganization: true });
    world.addCollaborator(repository, 'ada', 'write');
    world.createUser('mallory');
    await world.install('harbour-labs');
    const pull = await world.openPullRequest({ repository, author: 'ada', title: 'Read before acting' });
    const scenario = new Scenario(parts, pull);
    await scenario.startService();
    return scenario;
  }

  get world(): GitHubSimulator['world'] {
    return this.#parts.simulator.world;
  }

  async startService(): Promise<void> {
    const { simulator, home, model, postgres } = this.#parts;
    this.#service = await startService('serve', {
      CLAWBENCH_HOME: home,
      PORT: '0',
      GITHUB_APP_ID: String(simulator.app.id),
      GITHUB_PRIVATE_KEY: simulator.app.privateKeyPem ?? '',
      GITHUB_WEBHOOK_SECRET: secret,
      GITHUB_API_URL: simulator.apiUrl,
      CLAWBENCH_SCRIPTED_MODEL_URL: model.url,
      CLAWBENCH_DEFAULT_MODEL: 'scripted/entry-test',
      ...(postgres && { DATABASE_URL: postgres.url }),
    });
    this.world.setWebhook(`${this.#service.url}/github/webhooks`, secret);
  }

  get service(): ServiceProcess {
    if (!this.#service) throw new Error('the service does not run');
    return this.#service;
  }

  /** Ends the service as a power cut would. */
  async kill(): Promise<void> {
    await this.service.kill();
    this.#service = undefined;
  }

  /** Comments on the pull request. Resolves to the comment's id when the service has answered the webhook. */
  async comment(login: string, body: string): Promise<number> {
    const { id, delivery } = await this.world.comment(this.pull, login, body);
    assert.equal(delivery?.status, 'OK', this.service.output());
    return id;
  }

  /** The first value the thread gives; rejects with what the service wrote when it takes too long. */
  async until<T>(look: (thread: ThreadView) => T | undefined, timeoutMs = 60_000): Promise<T> {
    return this.world.until(this.pull, look, timeoutMs).catch((error: unknown) => {
      throw new Error(`the thread never got there; the service wrote:\n${this.#service?.output() ?? ''}`, {
        cause: error,
      });
    });
  }

  /** Waits until the bot has left its last sign on a comment that asked for a run, and the check is completed. */
  async settled(commentId: number, timeoutMs = 60_000): Promise<ThreadView> {
    return this.until((thread) => {
      const asked = thread.comments.find(({ id }) => id === commentId);
      const signed = asked?.reactions.some(({ content }) => endings.has(content));
      const completed =
        thread.checkRuns.length > 0 && thread.checkRuns.every(({ status }) => status === 'completed');
      return signed && completed ? thread : undefined;
    }, timeoutMs);
  }

  /** Reactions the App has added so far, in order, also those it took back. */
  get reactions(): readonly string[] {
    return this.#parts.reactions;
  }

  /** Comments of the App, oldest first. */
  botComments(): readonly CommentView[] {
    return this.world.thread(this.pull).comments.filter(({ viaApp }) => viaApp === 'clawbench');
  }

  async runs(): Promise<readonly { readonly id: string; readonly status: string }[]> {
    const response = await fetch(`${this.service.url}/v1/runs`);
    const { runs } = await response.json();
    return runs;
  }

  async events(runId: string): Promise<readonly SeenEvent[]> {
    const response = await fetch(`${this.service.url}/v1/runs/${runId}/events?limit=1000`);
    const { events } = await response.json();
    return events;
  }

  /** Follows the events of the only run and resolves as soon as one of this type is told. */
  async untilEvent(type: string, timeoutMs = 60_000): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    let runId: string | undefined;
    while (!runId) {
      signal.throwIfAborted();
      runId = (await this.runs())[0]?.id;
    }
    const response = await fetch(`${this.service.url}/v1/runs/${runId}/events`, {
      headers: { Accept: 'text/event-stream' },
      signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes(`"type":"${type}"`)) return;
    }
    throw new Error(`the run ended without "${type}"`);
  }

  /** Sandboxes of this installation that exist, running or not. */
  async containers(): Promise<readonly string[]> {
    const filters = { label: [`clawbench.instance=${this.#instance}`] };
    return (await this.#docker.listContainers({ all: true, filters })).map(({ Id }) => Id);
  }

  /** Resolves when `count` sandboxes exist. */
  async untilContainers(matches: (count: number) => boolean, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!matches((await this.containers()).length)) {
      if (Date.now() > deadline)
        throw new Error(`${(await this.containers()).length} sandboxes after ${timeoutMs} ms`);
    }
  }

  /** Stops and removes everything; fails when a sandbox was left or GitHub was spoken to in a way it does not know. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { simulator, model, postgres, home, violations } = this.#parts;
    const exitCode = (await this.#service?.stop()) ?? null;
    const left = await this.containers();
    await Promise.all(left.map((id) => this.#docker.getContainer(id).remove({ force: true, v: true })));
    await simulator.close();
    await model.close();
    await postgres?.drop();
    rmSync(home, { recursive: true, force: true });
    assert.deepEqual({ exitCode, left, violations: violations() }, { exitCode: 0, left: [], violations: [] });
  }
}

/** Two tasks that keep their agent busy until it is stopped. */
export async function endlessTasks(): Promise<readonly ScriptedTask[]> {
  const tasks = await scriptedTasks(createEntryTest());
  return tasks.map((task) => ({ ...task, files: [{ path: 'solve.sh', text: 'sleep 120\n' }], hasty: false }));
}
