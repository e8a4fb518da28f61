import type {
  CancelAnswer,
  CatalogView,
  ControlPlane,
  RunAdmission,
  RunRequest,
  RunView,
} from '../../src/control-plane/control-plane.ts';
import { catalog } from '../../src/domain/benchmark.ts';
import type { IdSource, RunId } from '../../src/domain/ids.ts';
import { isRunLive } from '../../src/domain/run.ts';
import type { Lease } from '../../src/domain/lease.ts';
import type { ToolCallAdmission, ToolCallStart, ToolCallStore } from '../../src/storage/tool-call-store.ts';
import type { LoggedEvent } from '../../src/telemetry/events.ts';
import type { Log, LogFields } from '../../src/telemetry/log.ts';

/** A log that keeps its lines. */
export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];
  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', message, fields });
  }
  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', message, fields });
  }
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', message, fields });
  }
  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', message, fields });
  }
  with(): Log {
    return this;
  }
}

/** Ids in order, beginning with 01K0V5Z3QK6M1T6E0G2Q1N0000. */
export function countingIds(prefix = '01K0V5Z3QK6M1T6E0G2Q1N'): IdSource {
  let count = 0;
  return {
    next: () => {
      count += 1;
      return `${prefix}${String(count).padStart(26 - prefix.length, '0')}`;
    },
  };
}

/** Tool calls in memory, with the store's rules. */
export class KeptToolCalls implements ToolCallStore {
  readonly calls = new Map<string, { readonly start: ToolCallStart; result: string | undefined }>();

  async begin(lease: Lease, call: ToolCallStart): Promise<ToolCallAdmission> {
    const key = `${lease.trialId}/${call.clientCallId}`;
    const known = this.calls.get(key);
    if (!known) {
      this.calls.set(key, { start: call, result: undefined });
      return { kind: 'admitted' };
    }
    if (known.start.tool !== call.tool || known.start.argumentsDigest !== call.argumentsDigest) {
      return { kind: 'conflict' };
    }
    return known.result === undefined ? { kind: 'in-flight' } : { kind: 'replay', result: known.result };
  }

  async complete(lease: Lease, clientCallId: string, result: string): Promise<void> {
    const known = this.calls.get(`${lease.trialId}/${clientCallId}`);
    if (known) known.result = result;
  }
}

/** A control plane that keeps what it is given: runs, and events that followers get as they are pushed. */
export class KeptControlPlane implements ControlPlane {
  readonly requests: RunRequest[] = [];
  readonly cancelled: RunId[] = [];
  readonly views = new Map<RunId, RunView>();
  readonly events = new Map<RunId, LoggedEvent[]>();
  admit: (request: RunRequest) => RunAdmission = () => ({ kind: 'refused', faults: [] });
  cancelAnswer: CancelAnswer = 'requested';
  /** Followers that have not ended. */
  followers = 0;
  #changed = Promise.withResolvers<void>();

  put(view: RunView, events: readonly LoggedEvent[] = []): void {
    this.views.set(view.run.id, view);
    this.events.set(view.run.id, [...(this.events.get(view.run.id) ?? []), ...events]);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async createRun(request: RunRequest): Promise<RunAdmission> {
    this.requests.push(request);
    return this.admit(request);
  }

  async cancelRun(id: RunId): Promise<CancelAnswer> {
    if (!this.views.has(id)) return 'not-found';
    this.cancelled.push(id);
    return this.cancelAnswer;
  }

  async viewRun(id: RunId): Promise<RunView | undefined> {
    return this.views.get(id);
  }

  async listRuns(filter: Parameters<ControlPlane['listRuns']>[0]) {
    const { before, live, limit } = filter;
    return [...this.views.values()]
      .map((view) => view.run)
      .filter((run) => (before === undefined || run.id < before) && (!live || isRunLive(run.status)))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }

  async catalog(): Promise<readonly CatalogView[]> {
    return catalog.map((entry) => ({
      ...entry,
      packs:
        entry.id === 'entry-test'
          ? [
              {
                version: '1',
                digest: `sha256:${'0'.repeat(64)}`,
                tasks: ['fix-sum', 'count-words'],
                faults: 0,
              },
            ]
          : [],
    }));
  }

  async *followEvents(id: RunId, after: number, signal: AbortSignal): AsyncGenerator<LoggedEvent> {
    this.followers += 1;
    try {
      let seen = after;
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      while (!signal.aborted) {
        const changed = this.#changed.promise;
        const live = isRunLive(this.views.get(id)?.run.status ?? 'finished');
        const next = (this.events.get(id) ?? []).filter((event) => event.seq > seen);
        for (const event of next) {
          yield event;
          seen = event.seq;
        }
        if (next.length === 0 && !live) return;
        if (next.length === 0) await Promise.race([changed, aborted]);
      }
    } finally {
      this.followers -= 1;
    }
  }

  async readEvents(id: RunId, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return (this.events.get(id) ?? []).filter((event) => event.seq > after).slice(0, limit);
  }
}
