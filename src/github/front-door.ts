import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock.ts';
import type { DeliveryStore } from '../storage/delivery-store.ts';
import type { Log } from '../telemetry/log.ts';
import { handledEvents } from './events.ts';
import type { SignatureCheck } from './webhook-secrets.ts';

/** Where GitHub posts webhooks. */
export const webhookPath = '/github/webhooks';

/** Bounds of what strangers may make the front door hold. */
export interface FrontDoorLimits {
  /** Bytes of one body; GitHub sends at most 25 MiB. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies that are being received at once. */
  readonly maxBufferedBytes: number;
  /** Milliseconds a whole request may take to arrive; GitHub itself gives up after 10 seconds. */
  readonly receiveTimeoutMs: number;
}

export const defaultFrontDoorLimits: FrontDoorLimits = {
  maxBodyBytes: 25 * 1024 * 1024,
  maxBufferedBytes: 128 * 1024 * 1024,
  receiveTimeoutMs: 10_000,
};

export interface FrontDoorDeps {
  readonly deliveries: DeliveryStore;
  readonly signatures: SignatureCheck;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after a delivery was stored; must not throw. */
  readonly onAccepted: () => void;
  readonly limits: FrontDoorLimits;
}

export type FrontDoor = (request: IncomingMessage, response: ServerResponse) => void;

interface DeliveryHeaders {
  readonly event: string;
  readonly guid: string;
  readonly signature: string;
}

/**
 * Receives webhooks: checks size, headers and signature, stores the raw bytes, and only then answers `202`.
 * Nothing is parsed here. A request that is refused gets a status and nothing else.
 */
export function createFrontDoor(deps: FrontDoorDeps): FrontDoor {
  const memory = new BodyMemory(deps.limits.maxBufferedBytes);
  return (request, response) => {
    const headers = admit(request, deps.limits);
    if (typeof headers === 'number') {
      refuse(request, response, headers);
      return;
    }
    receiveBody({ request, limits: deps.limits, memory }, (outcome) => {
      if (outcome.kind === 'refused') refuse(request, response, outcome.status);
      if (outcome.kind !== 'received') return;
      const { body } = outcome;
      if (!deps.signatures.accepts(headers.signature, body)) answer(response, 401);
      else if (headers.event === 'ping') answer(response, 200);
      else if (!handledEvents.has(headers.event)) answer(response, 202);
      else {
        void store(deps, { headers, body, response }).finally(() => memory.free(body.length));
        return;
      }
      memory.free(body.length);
    });
  };
}

/** Counts the bytes of all bodies in hand, so that many slow senders cannot fill the memory. */
class BodyMemory {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes the bytes; false when that is more than there may be. */
  take(bytes: number): boolean {
    this.#held += bytes;
    return this.#held <= this.#most;
  }

  free(bytes: number): void {
    this.#held -= bytes;
  }
}

/** The delivery's headers, or the status to refuse it with. */
function admit({ method, headers }: IncomingMessage, limits: FrontDoorLimits): DeliveryHeaders | number {
  if (method !== 'POST') return 405;
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) return 415;
  if (headers['content-encoding'] !== undefined) return 415;
  if (Number(headers['content-length'] ?? 0) > limits.maxBodyBytes) return 413;
  const event = headers['x-github-event'];
  const guid = headers['x-github-delivery'];
  const signature = headers['x-hub-signature-256'];
  if (typeof event !== 'string' || !/^[a-z_]{1,64}$/.test(event)) return 400;
  if (typeof guid !== 'string' || !/^[\w-]{1,64}$/.test(guid)) return 400;
  return typeof signature === 'string' ? { event, guid, signature } : 401;
}

type BodyOutcome =
  /** The bytes stay counted in the memory until the caller frees them. */
  | { readonly kind: 'received'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'gone' };

interface BodyReading {
  readonly request: IncomingMessage;
  readonly limits: FrontDoorLimits;
  readonly memory: BodyMemory;
}

/** Collects a body and calls `done` exactly once. */
function receiveBody({ request, limits, memory }: BodyReading, done: (outcome: BodyOutcome) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (outcome: BodyOutcome): void => {
    clearTimeout(deadline);
    request.off('data', onData).off('end', onEnd).off('close', onClose);
    if (outcome.kind !== 'received') memory.free(size);
    done(outcome);
  };
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    const fits = memory.take(chunk.length);
    if (size > limits.maxBodyBytes) finish({ kind: 'refused', status: 413 });
    else if (!fits) finish({ kind: 'refused', status: 503 });
    else chunks.push(chunk);
  };
  const onEnd = (): void => {
    const [first] = chunks;
    finish({ kind: 'received', body: chunks.length === 1 && first ? first : Buffer.concat(chunks, size) });
  };
  const onClose = (): void => finish({ kind: 'gone' });
  const deadline = setTimeout(() => finish({ kind: 'refused', status: 408 }), limits.receiveTimeoutMs);
  // A broken connection is told by `close`; without a listener, its error would end the process.
  request.on('error', () => {});
  request.on('data', onData).on('end', onEnd).on('close', onClose);
}

async function store(
  { deliveries, clock, log, onAccepted }: FrontDoorDeps,
  delivery: {
    readonly headers: DeliveryHeaders;
    readonly body: Uint8Array;
    readonly response: ServerResponse;
  },
): Promise<void> {
  const { headers, body, response } = delivery;
  const { guid, event } = headers;
  try {
    const receipt = await deliveries.receive({ guid, event, body, receivedAt: clock.now() });
    answer(response, 202);
    if (receipt === 'accepted') onAccepted();
  } catch (error) {
    log.error('a delivery could not be stored; redeliver it from the GitHub App’s settings', {
      deliveryId: guid,
      event,
      error,
    });
    answer(response, 503);
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 }).end();
}

/** How long a refused sender can read the answer before the connection is cut. */
const lingerMs = 500;

/** Answers and stops reading: whatever else the sender has to say is not wanted. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.pause();
  const headers = { 'Content-Length': 0, Connection: 'close', ...(status === 405 && { Allow: 'POST' }) };
  response.writeHead(status, headers).end(() => {
    setTimeout(() => request.destroy(), lingerMs).unref();
  });
}
