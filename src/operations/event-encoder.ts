import type { LoggedEvent } from '../telemetry/events.ts';
import { eventDocument } from './documents.ts';

/** An event as JSON text: one line, ready to send. */
export interface EncodedEvent {
  readonly seq: number;
  readonly json: string;
}

/**
 * Turns events into JSON once, however many clients follow the same run. Events never change, so a kept text never ages;
 * the oldest of `capacity` texts makes room.
 */
export class EventEncoder {
  readonly #capacity: number;
  readonly #encoded = new Map<string, EncodedEvent>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  encode(logged: LoggedEvent): EncodedEvent {
    const key = `${logged.runId}:${logged.seq}`;
    const known = this.#encoded.get(key);
    if (known) return known;
    const fresh = { seq: logged.seq, json: JSON.stringify(eventDocument(logged)) };
    this.#encoded.set(key, fresh);
    if (this.#encoded.size > this.#capacity) {
      const [oldest] = this.#encoded.keys();
      if (oldest !== undefined) this.#encoded.delete(oldest);
    }
    return fresh;
  }
}
