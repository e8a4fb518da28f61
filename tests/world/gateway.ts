import { Lease } from '../../src/domain/lease.ts';
import { parseRunId, parseTrialId } from '../../src/domain/ids.ts';
import { noSpend, type ModelProviderId } from '../../src/domain/model.ts';
import {
  startModelGateway,
  type ModelGatewayOptions,
  type RunningModelGateway,
} from '../../src/models/gateway/model-gateway-server.ts';
import type { GrantRequest, ModelGrant } from '../../src/models/model-gateway.ts';
import type { ModelCall, ModelCallStore } from '../../src/storage/model-call-store.ts';
import type { Log, LogFields } from '../../src/telemetry/log.ts';

/** A model call store that keeps calls in memory, and fails as often as told to. */
export class HeldModelCalls implements ModelCallStore {
  readonly calls: ModelCall[] = [];
  failures = 0;

  async record(call: ModelCall): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the disk is full');
    }
    this.calls.push(call);
  }

  async ofRun(): Promise<readonly ModelCall[]> {
    return this.calls;
  }

  async ofTrial(): Promise<readonly ModelCall[]> {
    return this.calls;
  }
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that a test can read. */
export function heldLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const make = (inherited: LogFields): Log => {
    const write =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void lines.push({ level, message, fields: { ...inherited, ...fields } });
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => make({ ...inherited, ...fields }),
    };
  };
  return { ...make({}), lines };
}

export const vendorKey = 'the-real-key-of-the-operator';

/** A gateway of a test: its books, its log and a short way to grants and calls. */
export interface GatewayWorld {
  readonly gateway: RunningModelGateway;
  readonly store: HeldModelCalls;
  readonly log: ReturnType<typeof heldLog>;
  readonly modelId: string;
  readonly events: Parameters<GrantRequest['onEvent']>[0][];
  grant(request?: Partial<GrantRequest>): ModelGrant;
}

const modelIds: Readonly<Record<ModelProviderId, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-5',
  scripted: 'demo',
};

export async function startGatewayWorld(
  vendor: { readonly url: string; readonly provider?: ModelProviderId },
  options: Partial<ModelGatewayOptions> = {},
): Promise<GatewayWorld> {
  const store = new HeldModelCalls();
  const log = heldLog();
  const events: GatewayWorld['events'] = [];
  const provider = vendor.provider ?? 'anthropic';
  let id = 0;
  const gateway = await startModelGateway({
    providers: [{ id: provider, baseUrl: vendor.url, apiKey: vendorKey }],
    modelCalls: store,
    clock: { now: () => Date.now() },
    ids: { next: () => `call-${(id += 1)}` },
    log,
    ...options,
  });
  const lease = Lease.grant({
    runId: parseRunId('01K0V5Z3QK6M1T6E0G2Q1N4W7B'),
    trialId: parseTrialId('01K0V5Z3QK6M1T6E0G2Q1N4W7C'),
    workerId: 'worker',
    token: 3,
    expiresAt: 0,
  });
  return {
    gateway,
    store,
    log,
    events,
    modelId: modelIds[provider],
    grant: (request = {}) =>
      gateway.grant({
        lease,
        model: { provider, id: modelIds[provider] },
        limits: { maxCost: 1_000_000, maxTokens: 1_000_000, maxTurns: 100 },
        spent: noSpend,
        onEvent: (event) => events.push(event),
        ...request,
      }),
  };
}
