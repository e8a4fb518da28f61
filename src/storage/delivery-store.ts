import type { Timestamp } from '../domain/clock.ts';

/** A webhook delivery as it came in, after its signature was checked. */
export interface NewDelivery {
  /** GitHub's delivery GUID; the same on a redelivery. */
  readonly guid: string;
  readonly event: string;
  /** The raw body, byte for byte. */
  readonly body: Uint8Array;
  readonly receivedAt: Timestamp;
}

/** GitHub sends no more than 25 MB; anything larger is not a delivery. */
export const maxDeliveryBytes = 25 * 1024 * 1024;

export interface Delivery extends NewDelivery {
  readonly attempts: number;
}

/** The inbox: what was answered with 202 is here, durably, until it is done. */
export interface DeliveryStore {
  /**
   * Durable when it resolves. `done` and `pending` change nothing: the GUID was handled before, or waits. A failed one waits again.
   * @throws ClawBenchError `limit-reached` over {@link maxDeliveryBytes}; `unavailable` when more comes in than can be written.
   */
  receive(delivery: NewDelivery): Promise<'accepted' | 'pending' | 'done'>;
  /** The oldest due delivery, hidden from other claims until `now + visibilityMs`; undefined when there is none. */
  claim(now: Timestamp, visibilityMs: number): Promise<Delivery | undefined>;
  complete(guid: string, at: Timestamp): Promise<void>;
  /** Due again at `retryAt`, or given up when null. `error` is for the operator. */
  fail(guid: string, error: string, retryAt: Timestamp | null): Promise<void>;
  /** Deliveries that wait, for health and tests. */
  countPending(): Promise<number>;
  /** Deletes deliveries finished before `before`; GitHub redelivers for three days, so keep them longer than that. */
  prune(before: Timestamp): Promise<number>;
}
