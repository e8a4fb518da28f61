import { z } from 'zod';
import type { Clock, Timestamp } from '../domain/clock.ts';
import { ClawBenchError, type ErrorCode } from '../domain/errors.ts';
import type { Delivery, DeliveryStore } from '../storage/delivery-store.ts';
import type { Log } from '../telemetry/log.ts';
import { orderingKey, readEvent } from './events.ts';
import { KeyedQueue } from './keyed-queue.ts';

/** A delivery whose JSON was parsed. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly payload: object;
}

export interface InboxDeps {
  readonly deliveries: DeliveryStore;
  /** Handles one webhook; a rejection means it could not be done now. */
  readonly receive: (webhook: Webhook) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface InboxLimits {
  /** Deliveries handled at once. */
  readonly parallel: number;
  /** Milliseconds until a delivery that was claimed by a process that died is claimed again. */
  readonly visibilityMs: number;
  readonly maxAttempts: number;
}

/** With the pauses of {@link pauseAfter}, a delivery is given up after about an hour. */
export const defaultInboxLimits: InboxLimits = { parallel: 8, visibilityMs: 60_000, maxAttempts: 13 };

const firstPauseMs = 5_000;
const longestPauseMs = 600_000;
/** GitHub can redeliver for three days; what was done must be known for longer. */
const keepMs = 7 * 24 * 3_600_000;
const pruneEveryMs = 3_600_000;

/** Another try would end the same way. */
const permanent: ReadonlySet<ErrorCode> = new Set(['invalid-input', 'not-found', 'forbidden', 'unsupported']);

/**
 * Works through stored deliveries: several at once, those of one thread in the order they came. A failed one is tried again
 * with growing pauses, and those behind it in its thread wait for it.
 */
export class Inbox {
  readonly #deps: InboxDeps;
  readonly #limits: InboxLimits;
  readonly #queue = new KeyedQueue();
  /** Deliveries in hand, so that a claim that outlived its visibility does not start one twice. */
  readonly #inHand = new Map<string, Promise<void>>();
  /** Until when the deliveries of a key wait for a failed one before them. */
  readonly #held = new Map<string, { readonly guid: string; readonly until: Timestamp }>();
  #filling: Promise<void> | undefined;
  /** When a look was asked for while one was under way: a delivery that came later is not due for the earlier one. */
  #again: Timestamp | undefined;
  #stopped = false;
  #prunedAt = 0;

  constructor(deps: InboxDeps, limits: InboxLimits = defaultInboxLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** Starts what is due and fits, without waiting for it to be done; {@link idle} does. */
  async tick(now: Timestamp): Promise<void> {
    if (this.#filling) {
      this.#again = now;
      await this.#filling;
      return;
    }
    this.#filling = this.#fill(now).finally(() => {
      this.#filling = undefined;
    });
    await this.#filling;
  }

  /** Resolves when nothing is in hand. */
  async idle(): Promise<void> {
    await this.#filling;
    while (this.#inHand.size > 0) await Promise.all(this.#inHand.values());
  }

  /** Claims nothing more; resolves when what is in hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  async #fill(now: Timestamp): Promise<void> {
    if (now - this.#prunedAt >= pruneEveryMs) {
      this.#prunedAt = now;
      for (const [key, { until }] of this.#held) if (until < now) this.#held.delete(key);
      await this.#deps.deliveries.prune(now - keepMs);
    }
    for (let at: Timestamp | undefined = now; at !== undefined; at = this.#again) {
      this.#again = undefined;
      await this.#claimDue(at);
    }
  }

  async #claimDue(now: Timestamp): Promise<void> {
    while (!this.#stopped && this.#inHand.size < this.#limits.parallel) {
      const delivery = await this.#deps.deliveries.claim(now, this.#limits.visibilityMs);
      if (!delivery) return;
      if (!this.#inHand.has(delivery.guid)) this.#start(delivery);
    }
  }

  #start(delivery: Delivery): void {
    const webhook = readWebhook(delivery);
    const key = 'key' in webhook ? webhook.key : delivery.guid;
    this.#inHand.set(delivery.guid, this.#work(delivery, webhook, key));
  }

  async #work(delivery: Delivery, webhook: ReadWebhook, key: string): Promise<void> {
    const { guid } = delivery;
    try {
      await this.#queue.run(key, () => this.#handle(delivery, webhook, key));
    } catch (error) {
      // Its claim runs out and it is found again.
      this.#deps.log.error('the inbox could not note how a delivery ended', { deliveryId: guid, error });
    }
    this.#inHand.delete(guid);
    await this.#next();
  }

  /** A place is free: look for the next delivery at once. */
  async #next(): Promise<void> {
    try {
      await this.tick(this.#deps.clock.now());
    } catch (error) {
      this.#deps.log.error('the inbox could not look for deliveries', { error });
    }
  }

  async #handle(delivery: Delivery, webhook: ReadWebhook, key: string): Promise<void> {
    const { deliveries, clock } = this.#deps;
    const { guid } = delivery;
    if (webhook.kind === 'poison') return await this.#giveUp(delivery, webhook.reason);
    if (webhook.kind === 'ignored') return await deliveries.complete(guid, clock.now());
    const held = this.#held.get(key);
    if (held && held.guid !== guid && held.until > clock.now()) {
      return await deliveries.fail(guid, 'waits for an earlier delivery of its thread', held.until + 1);
    }
    try {
      await this.#deps.receive(webhook.webhook);
      await deliveries.complete(guid, clock.now());
      if (held?.guid === guid) this.#held.delete(key);
    } catch (thrown) {
      await this.#failed(delivery, key, firstOf(thrown));
    }
  }

  async #failed(delivery: Delivery, key: string, error: ClawBenchError): Promise<void> {
    const { guid, event, attempts } = delivery;
    if (permanent.has(error.code) || attempts >= this.#limits.maxAttempts) {
      if (this.#held.get(key)?.guid === guid) this.#held.delete(key);
      return await this.#giveUp(delivery, `${error.code}: ${error.message}`);
    }
    const retryAt = this.#deps.clock.now() + pauseAfter(attempts);
    this.#held.set(key, { guid, until: retryAt });
    const facts = { deliveryId: guid, event, attempts, error };
    this.#deps.log.warn('a delivery could not be handled and will be tried again', facts);
    await this.#deps.deliveries.fail(guid, `${error.code}: ${error.message}`, retryAt);
  }

  async #giveUp({ guid, event, attempts }: Delivery, reason: string): Promise<void> {
    this.#deps.log.error('a delivery was given up', { deliveryId: guid, event, attempts, reason });
    await this.#deps.deliveries.fail(guid, reason, null);
  }
}

type ReadWebhook =
  | { readonly kind: 'webhook'; readonly webhook: Webhook; readonly key: string }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'poison'; readonly reason: string };

const jsonObject = z.custom<object>((value) => typeof value === 'object' && value !== null);

function readWebhook({ guid, event, body }: Delivery): ReadWebhook {
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return { kind: 'poison', reason: 'the body is not JSON' };
  }
  const reading = readEvent(event, payload);
  if (reading.kind === 'malformed') return { kind: 'poison', reason: reading.reason };
  if (reading.kind === 'ignored') return reading;
  const webhook = { id: guid, name: event, payload: jsonObject.parse(payload) };
  return { kind: 'webhook', webhook, key: orderingKey(reading.event) };
}

/** Probot gathers what handlers threw. */
function firstOf(thrown: unknown): ClawBenchError {
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  return ClawBenchError.from(errors[0]);
}

function pauseAfter(attempts: number): number {
  return Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
}
