import type { RunId } from '../domain/ids.ts';
import type { LoggedEvent } from '../telemetry/events.ts';

/** The event log, for reading; events are written by the store whose change they tell of. */
export interface EventStore {
  /** Events of a run with `seq` > `after`, in order, at most `limit` (1 to 1,000). */
  read(runId: RunId, after: number, limit: number): Promise<readonly LoggedEvent[]>;
}
