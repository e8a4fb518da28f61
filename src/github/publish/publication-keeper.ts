import { createHash } from 'node:crypto';
import type { Clock, Timestamp } from '../../domain/clock.ts';
import { ClawBenchError, type ErrorCode } from '../../domain/errors.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Publication, PublicationKey, PublicationStore } from '../../storage/publication-store.ts';
import type { Log } from '../../telemetry/log.ts';

/** One thing at GitHub that shows a run: a comment or a check run, with what it is to show now. */
export interface Surface {
  readonly key: PublicationKey;
  /** Equal for equal content. */
  readonly content: string;
  /** What a creation whose answer was lost has made, if it made anything; `since` is when it was intended. */
  find(since: Timestamp): Promise<number | undefined>;
  create(): Promise<number>;
  /** `lost`: it was deleted, or changed by somebody else and must not be touched. */
  update(remoteId: number): Promise<'updated' | 'lost'>;
}

/** How far the run is; a change of it is shown at once, anything less only now and then. */
export interface ShownState {
  readonly runId: RunId;
  readonly phase: string;
  readonly terminal: boolean;
}

export interface KeeperDeps {
  readonly publications: PublicationStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Least milliseconds between two changes of the same thing within a phase. */
  readonly editIntervalMs: number;
}

const firstPauseMs = 5_000;
const longestPauseMs = 600_000;
/** With the pauses between, about an hour. */
const maxFailures = 12;

/** GitHub understood and refused: another try would end the same way. */
const refusals: ReadonlySet<ErrorCode> = new Set(['not-found', 'forbidden', 'invalid-input', 'unsupported']);

/** What this process remembers of a publication; lost at a restart without harm. */
interface Memory {
  readonly runId: RunId;
  phase: string | undefined;
  replaced: boolean;
  failures: number;
  retryAt: Timestamp;
}

/**
 * Brings a surface to the content it should have: creates it once, changes it in place, takes over what a crash left, and stops
 * when GitHub refuses. The row is saved before anything is created, so that nothing is created twice.
 */
export class PublicationKeeper {
  readonly #deps: KeeperDeps;
  readonly #memories = new Map<string, Memory>();

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** One step towards agreement; never throws for what GitHub does. */
  async show(surface: Surface, state: ShownState): Promise<'settled' | 'again'> {
    const row = await this.#deps.publications.get(surface.key);
    // A newer run of the same benchmark has taken the place over; ids sort by time.
    if (row && row.runId > state.runId) return 'settled';
    const current = row?.runId === state.runId ? row : undefined;
    if (current?.settled) return this.#forget(surface.key);
    const memory = this.#memoryOf(surface.key, state.runId);
    if (!this.#mayAct(memory, current, state)) return 'again';
    const digest = digestOf(surface.content);
    if (current?.contentDigest === digest && !state.terminal) return 'again';
    try {
      const remoteId = await this.#bring(surface, row, memory, state.runId);
      await this.#save(surface.key, {
        remoteId,
        runId: state.runId,
        contentDigest: digest,
        settled: state.terminal,
      });
      memory.phase = state.phase;
      memory.failures = 0;
      return state.terminal ? this.#forget(surface.key) : 'again';
    } catch (thrown) {
      return await this.#failed(surface, state, memory, ClawBenchError.from(thrown));
    }
  }

  #mayAct(memory: Memory, current: Publication | undefined, state: ShownState): boolean {
    const now = this.#deps.clock.now();
    if (now < memory.retryAt) return false;
    if (!current || state.terminal || memory.phase !== state.phase) return true;
    return now - current.updatedAt >= this.#deps.editIntervalMs;
  }

  async #bring(
    surface: Surface,
    row: Publication | undefined,
    memory: Memory,
    runId: RunId,
  ): Promise<number> {
    if (row && row.remoteId !== null) {
      if ((await surface.update(row.remoteId)) === 'updated') return row.remoteId;
      if (memory.replaced)
        throw new ClawBenchError('not-found', 'it was deleted or changed by somebody again');
      memory.replaced = true;
      return await this.#create(surface, runId);
    }
    const found = row && (await surface.find(row.updatedAt));
    if (found === undefined) return await this.#create(surface, runId);
    if ((await surface.update(found)) === 'updated') return found;
    return await this.#create(surface, runId);
  }

  async #create(surface: Surface, runId: RunId): Promise<number> {
    await this.#save(surface.key, { remoteId: null, runId, contentDigest: null, settled: false });
    return await surface.create();
  }

  async #failed(
    surface: Surface,
    { runId, terminal }: ShownState,
    memory: Memory,
    error: ClawBenchError,
  ): Promise<'settled' | 'again'> {
    const { key } = surface;
    // A rate limit ends by itself, and until then no request is made.
    if (error.code !== 'limit-reached') memory.failures += 1;
    const facts = { runId, ...key, failures: memory.failures, terminal, error };
    if (refusals.has(error.code) || memory.failures >= maxFailures) {
      this.#deps.log.error('a run is not shown at GitHub any more', facts);
      const row = await this.#deps.publications.get(key);
      const remoteId = row?.remoteId ?? null;
      await this.#save(key, { remoteId, runId, contentDigest: null, settled: true });
      return this.#forget(key);
    }
    const pause = Math.min(firstPauseMs * 2 ** Math.max(0, memory.failures - 1), longestPauseMs);
    memory.retryAt = this.#deps.clock.now() + pause;
    this.#deps.log.warn('a run could not be shown at GitHub and will be tried again', facts);
    return 'again';
  }

  async #save(
    key: PublicationKey,
    facts: Pick<Publication, 'remoteId' | 'runId' | 'contentDigest' | 'settled'>,
  ): Promise<void> {
    await this.#deps.publications.save({ ...key, ...facts, updatedAt: this.#deps.clock.now() });
  }

  #memoryOf(key: PublicationKey, runId: RunId): Memory {
    const name = nameOf(key);
    const known = this.#memories.get(name);
    if (known?.runId === runId) return known;
    const fresh = { runId, phase: undefined, replaced: false, failures: 0, retryAt: 0 };
    this.#memories.set(name, fresh);
    return fresh;
  }

  #forget(key: PublicationKey): 'settled' {
    this.#memories.delete(nameOf(key));
    return 'settled';
  }
}

function nameOf({ kind, place, benchmark }: PublicationKey): string {
  return `${kind} ${place} ${benchmark}`;
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
