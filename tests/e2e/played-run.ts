import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntryTest } from '../../src/benchmarks/entry-test/entry-test.ts';
import { readConfig } from '../../src/config/config.ts';
import { openCredentials } from '../../src/config/credentials.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { webhookPath } from '../../src/github/front-door.ts';
import { startDemoWorld } from '../../src/main/demo/demo-world.ts';
import { scriptedTasks } from '../../src/main/demo/scripted-tasks.ts';
import { silentLog } from '../../src/main/pino-log.ts';
import { startServing } from '../../src/main/serve.ts';
import { startScriptedModel } from '../../src/models/scripted/scripted-model.ts';

const command = '/clawbench run entry-test tasks=answer-echo,trap-slugs,git-two-cooks';

/** What a task prints to attack whoever looks at it: markup, colours, and a terminal command that sets the title. */
export const hostileOutput = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
const printHostile = `printf '%b\\n' '\\033[31mred\\033[0m \\033]0;owned\\007' && cat <<'HOSTILE'\n${hostileOutput}\nHOSTILE\n`;

async function hostileTasks() {
  const tasks = await scriptedTasks(createEntryTest());
  return tasks.map((task) => ({
    ...task,
    files: task.files.map(({ path, text }) => ({
      path,
      text: path === 'solve.sh' ? `${text}\n${printHostile}` : text,
    })),
  }));
}

/** A service, a local GitHub and one run on real Docker that was asked for by a comment and is under way. */
export async function startPlayedRun() {
  await using cleanups = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'clawbench-e2e-'));
  cleanups.defer(() => rmSync(home, { recursive: true, force: true }));
  const model = await startScriptedModel({ tasks: await hostileTasks(), pieceDelayMs: 15 });
  cleanups.defer(() => model.close());
  const world = await startDemoWorld();
  cleanups.defer(() => world.simulator.close());
  const config = {
    ...readConfig({}),
    home,
    port: 0,
    github: {
      appId: world.simulator.app.id,
      privateKey: world.privateKey,
      webhookSecrets: [world.webhookSecret],
      apiBaseUrl: world.simulator.apiUrl,
    },
    scriptedModelUrl: model.url,
    defaultModel: 'scripted/entry-test',
  };
  const instance = `test-${randomBytes(4).toString('hex')}`;
  const running = await startServing({
    config,
    credentials: { ...openCredentials(config), instance },
    log: silentLog,
  });
  cleanups.defer(() => running.stop());
  const { nudge, parts } = running.service;
  const asked = new Promise<RunId>((resolve) => {
    const unlisten = nudge.listen((change) => {
      if (change.kind !== 'run') return;
      unlisten();
      resolve(change.runId);
    });
  });
  const thread = await world.openPullRequest(`${running.url}${webhookPath}`);
  await world.comment(thread, command);
  const runId = await asked;
  const finished = world.finalComment(thread, 90_000);
  finished.catch(() => {});
  const held = cleanups.move();
  return {
    world,
    thread,
    url: running.url,
    runPage: `${running.url}/runs/${runId}`,
    /** The App's comment once the run is over. */
    finished,
    /** All events of the run in the order they were stored. */
    events: () => parts.controlPlane.readEvents(runId, 0, 1_000),
    close: () => held.disposeAsync(),
  };
}

export type PlayedRun = Awaited<ReturnType<typeof startPlayedRun>>;
