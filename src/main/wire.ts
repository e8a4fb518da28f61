import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createBuiltinAgent } from '../agents/builtin/builtin-agent.ts';
import { createEntryTest } from '../benchmarks/entry-test/entry-test.ts';
import type { Config } from '../config/config.ts';
import type { Credentials } from '../config/credentials.ts';
import type { Publisher } from '../control-plane/control-plane.ts';
import { createControlPlane, type ControlPlaneParts } from '../control-plane/create-control-plane.ts';
import { defaultTimings, type Wait } from '../control-plane/deps.ts';
import { Nudge } from '../control-plane/nudge.ts';
import type { ToolServer } from '../control-plane/tool-desk.ts';
import { createToolDesk } from '../control-plane/trial-tools.ts';
import { createToolServer } from '../mcp/tool-server.ts';
import type { ProviderAccess } from '../models/gateway/model-call-handler.ts';
import { startModelGateway } from '../models/gateway/model-gateway-server.ts';
import { createOperations, type Operations } from '../operations/operations.ts';
import { createDockerProvider } from '../sandboxes/docker/docker-provider.ts';
import type { SandboxProvider } from '../sandboxes/sandbox.ts';
import { openPostgres } from '../storage/kysely/open-postgres.ts';
import { openSqlite } from '../storage/kysely/open-sqlite.ts';
import type { Stores } from '../storage/stores.ts';
import type { Log } from '../telemetry/log.ts';
import { createIds, systemClock } from './identifiers.ts';
import { workerIdentity } from './worker-identity.ts';

/** Product name and version as protocols show them. */
export const productName = 'ClawBench';
export const productVersion = '0.1.0';

/** What every part of the service needs. */
export interface Surroundings {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly log: Log;
}

/** The parts of one process, wired. Whoever builds it must `close` it. */
export interface Service {
  readonly stores: Stores;
  readonly parts: ControlPlaneParts;
  readonly operations: Operations;
  readonly sandboxes: SandboxProvider;
  readonly nudge: Nudge;
  /** Sets who shows runs to people; until then nothing is published. */
  publishWith(publisher: Publisher): void;
  close(): Promise<void>;
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
const wait: Wait = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined);

/** Opens the database the configuration names and brings its schema up to date, telling each migration it applied. */
export async function openStores(
  { config, log }: Pick<Surroundings, 'config' | 'log'>,
  onMigration: (name: string) => void = (name) => log.info('database migrated', { migration: name }),
): Promise<Stores> {
  const stores = config.databaseUrl
    ? openPostgres({ url: config.databaseUrl, log })
    : openSqlite({ path: join(config.home, 'clawbench.db'), log });
  for (const name of await stores.migrate()) onMigration(name);
  return stores;
}

/** The sandboxes of this installation, on the local Docker Engine. */
export function openSandboxes({ config, credentials, log }: Surroundings): SandboxProvider {
  return createDockerProvider({
    socketPath: config.dockerSocket,
    instance: credentials.instance,
    runtimeDir: join(config.home, 'run'),
    clock: systemClock,
    log,
  });
}

function modelProviders(config: Config): readonly ProviderAccess[] {
  const providers: ProviderAccess[] = [];
  if (config.anthropic) providers.push({ id: 'anthropic', ...config.anthropic });
  if (config.openai) providers.push({ id: 'openai', ...config.openai });
  if (config.scriptedModelUrl)
    providers.push({ id: 'scripted', baseUrl: config.scriptedModelUrl, apiKey: null });
  return providers;
}

/** The model a request without one gets: the configured one, else a good one of the first provider with a key. */
function defaultModel(config: Config): string | undefined {
  if (config.defaultModel) return config.defaultModel;
  if (config.anthropic) return 'anthropic/claude-sonnet-4-5';
  if (config.openai) return 'openai/gpt-5';
  return undefined;
}

/** Builds every part of the service and connects them. Nothing ticks yet: timers belong to `serve` and `worker`. */
export async function wireService(surroundings: Surroundings): Promise<Service> {
  const { config, credentials, log } = surroundings;
  const clock = systemClock;
  const ids = createIds(clock);
  const nudge = new Nudge();
  const worker = workerIdentity({ host: hostname(), pid: process.pid, suffix: ids.next().slice(-8) });
  const stores = await openStores(surroundings);
  const gateway = await startModelGateway({
    providers: modelProviders(config),
    modelCalls: stores.modelCalls,
    clock,
    ids,
    log,
  });
  const sandboxes = openSandboxes(surroundings);
  let publisher: Publisher | undefined;
  // The tool server serves operations, and operations reach the control plane that needs the tool server.
  const toolServer: ToolServer = { connect: (scope) => tools.connect(scope) };
  const parts = createControlPlane({
    stores,
    sandboxes,
    benchmarks: [createEntryTest()],
    drivers: [createBuiltinAgent({ ids })],
    gateway,
    toolServer,
    publisher: { publish: async (view) => (publisher ? publisher.publish(view) : 'settled') },
    clock,
    wait,
    ids,
    log,
    nudge,
    instance: credentials.instance,
    workerId: worker.id,
    isDeadWorker: worker.isDead,
    nonceKey: credentials.nonceKey,
    maxConcurrentSandboxes: config.maxConcurrentSandboxes,
    defaultModel: defaultModel(config),
    timings: defaultTimings,
  });
  const desk = createToolDesk({ toolCalls: stores.toolCalls, trials: stores.trials, clock, log });
  const operations = createOperations({ controlPlane: parts.controlPlane, desk, ids });
  const tools = createToolServer({ operations, log, name: productName, version: productVersion });
  return {
    stores,
    parts,
    operations,
    sandboxes,
    nudge,
    publishWith: (next) => {
      publisher = next;
    },
    async close() {
      await gateway.close();
      await stores.close();
    },
  };
}
