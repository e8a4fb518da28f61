import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntryTest } from '../../benchmarks/entry-test/entry-test.ts';
import type { Config } from '../../config/config.ts';
import { openCredentials } from '../../config/credentials.ts';
import { webhookPath } from '../../github/front-door.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId } from '../../domain/ids.ts';
import { startScriptedModel } from '../../models/scripted/scripted-model.ts';
import type { Log } from '../../telemetry/log.ts';
import { startServing, type RunningService } from '../serve.ts';
import { markdownForTerminal } from '../terminal-markdown.ts';
import { startDemoWorld, type DemoWorld } from './demo-world.ts';
import { progressLine } from './progress-line.ts';
import { scriptedTasks } from './scripted-tasks.ts';

const command = '/clawbench run entry-test';
const finalCommentTimeoutMs = 60_000;

/** Where the demo prints, and when it is to end. */
export interface DemoSurroundings {
  readonly config: Config;
  readonly log: Log;
  readonly print: (line: string) => void;
  /** Resolves when the person wants to stop; the demo serves until then unless `once`. */
  readonly stopped: Promise<void>;
  readonly once: boolean;
}

interface Stage {
  readonly home: string;
  readonly world: DemoWorld;
  readonly running: RunningService;
  close(): Promise<void>;
}

/** The real model when a key is there, else a scripted one on this machine. */
async function chooseModel(config: Config, print: (line: string) => void) {
  if (config.anthropic || config.openai) {
    print('Model: a real one, with the key from your environment. This costs money (a few cents).');
    return { url: undefined, close: async () => {} };
  }
  const model = await startScriptedModel({ tasks: await scriptedTasks(createEntryTest()), pieceDelayMs: 2 });
  print(
    'Model: scripted, because no key is set (ANTHROPIC_API_KEY or OPENAI_API_KEY). Its results can never be eligible.',
  );
  return model;
}

async function setStage({ config, log, print }: DemoSurroundings): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'clawbench-demo-'));
  const model = await chooseModel(config, print);
  const world = await startDemoWorld();
  const { simulator } = world;
  const demoConfig: Config = {
    ...config,
    home,
    port: 0,
    databaseUrl: undefined,
    publicBaseUrl: undefined,
    secretKey: undefined,
    operatorToken: undefined,
    github: {
      appId: simulator.app.id,
      privateKey: world.privateKey,
      webhookSecrets: [world.webhookSecret],
      apiBaseUrl: simulator.apiUrl,
    },
    scriptedModelUrl: model.url,
    defaultModel: model.url ? 'scripted/entry-test' : config.defaultModel,
  };
  const running = await startServing({ config: demoConfig, credentials: openCredentials(demoConfig), log });
  const preflight = await running.service.sandboxes.preflight();
  if (preflight.kind === 'unavailable') {
    await running.stop();
    throw new ClawBenchError('unavailable', preflight.reason, { hint: preflight.hint });
  }
  print(`Sandboxes: ${preflight.detail}`);
  return {
    home,
    world,
    running,
    async close() {
      await running.stop();
      await simulator.close();
      await model.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The first run of this service; listen before anything can ask for one. */
function firstRun({ service }: RunningService): Promise<RunId> {
  return new Promise((resolve) => {
    const unlisten = service.nudge.listen((change) => {
      if (change.kind !== 'run') return;
      unlisten();
      resolve(change.runId);
    });
  });
}

async function printProgress(
  { service }: RunningService,
  runId: RunId,
  print: (line: string) => void,
): Promise<void> {
  const view = await service.parts.controlPlane.viewRun(runId);
  const tasks = new Map(view?.trials.map(({ id, taskId }) => [id, taskId]));
  const startedAt = Date.now();
  for await (const logged of service.parts.controlPlane.followEvents(
    runId,
    0,
    AbortSignal.timeout(3_600_000),
  )) {
    const line = progressLine(logged);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6);
    const task = logged.trialId ? (tasks.get(logged.trialId) ?? '') : 'run';
    if (line) print(`${seconds} s  ${task.padEnd(24)} ${line}`);
  }
}

/**
 * The main job on one machine: a pull request in a local GitHub, a signed webhook, agents in containers, and the comment.
 * Resolves when it is over and everything it started is gone.
 */
export async function runDemo(surroundings: DemoSurroundings): Promise<void> {
  const { print } = surroundings;
  const stage = await setStage(surroundings);
  try {
    const { world, running } = stage;
    const thread = await world.openPullRequest(`${running.url}${webhookPath}`);
    const run = firstRun(running);
    print(`Pull request: ${thread.url}`);
    print(`ada comments: ${command}\n`);
    await world.comment(thread, command);
    const runId = await run;
    const runPage = `${running.url}/runs/${runId}`;
    print(`Run page:     ${runPage}\n`);
    await printProgress(running, runId, print);
    const comment = await world.finalComment(thread, finalCommentTimeoutMs);
    print(`\n${'─'.repeat(100)}\n${markdownForTerminal(comment)}\n${'─'.repeat(100)}`);
    if (surroundings.once) return;
    print(`\nStill serving. Thread: ${thread.url}\n               Run:    ${runPage}\nPress Ctrl-C to end.`);
    await surroundings.stopped;
  } finally {
    await stage.close();
  }
}
