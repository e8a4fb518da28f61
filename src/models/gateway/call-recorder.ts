import { setTimeout as delay } from 'node:timers/promises';
import type { ModelCall, ModelCallStore } from '../../storage/model-call-store.ts';
import type { Log } from '../../telemetry/log.ts';

/** Waits between tries to record a call, in milliseconds. */
const retryDelays = [50, 250, 1000];

/**
 * Puts a call on the books. A store that fails is tried again; at last the whole call goes to the log as an error,
 * so that it is never lost and never stops a trial. Never rejects.
 */
export async function recordCall(store: ModelCallStore, call: ModelCall, log: Log): Promise<void> {
  for (const wait of [...retryDelays, null]) {
    try {
      await store.record(call);
      return;
    } catch (error) {
      if (wait === null) log.error('a model call could not be recorded', { call, error });
      else await delay(wait);
    }
  }
}
