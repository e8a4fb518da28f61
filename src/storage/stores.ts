import type { ArtifactStore } from './artifact-store.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { EventStore } from './event-store.ts';
import type { ModelCallStore } from './model-call-store.ts';
import type { PublicationStore } from './publication-store.ts';
import type { RepositoryStore } from './repository-store.ts';
import type { RunStore } from './run-store.ts';
import type { ToolCallStore } from './tool-call-store.ts';
import type { TrialStore } from './trial-store.ts';

/** One database, seen as its stores. */
export interface Stores {
  readonly runs: RunStore;
  readonly trials: TrialStore;
  readonly events: EventStore;
  readonly artifacts: ArtifactStore;
  readonly toolCalls: ToolCallStore;
  readonly deliveries: DeliveryStore;
  readonly publications: PublicationStore;
  readonly repositories: RepositoryStore;
  readonly modelCalls: ModelCallStore;
  /** Brings the schema up to date; safe to call from several processes at once. Resolves to the names of the migrations it applied. */
  migrate(): Promise<readonly string[]>;
  /** Resolves when the database answers; rejects with `unavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
