import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** How long the gateway waits for a vendor, in milliseconds. */
export interface UpstreamTimeouts {
  /** Until the connection stands. */
  readonly connect: number;
  /** From then until the answer begins; an unstreamed answer begins when it is finished. */
  readonly answer: number;
  /** Between two pieces of an answer. Vendors send pings in their streams. */
  readonly idle: number;
}

export const defaultUpstreamTimeouts: UpstreamTimeouts = {
  connect: 10_000,
  answer: 600_000,
  idle: 120_000,
};

/** The vendor could not be reached, broke off, or kept silent too long. */
export class UpstreamError extends Error {
  readonly timedOut: boolean;

  constructor(message: string, facts: { readonly timedOut: boolean; readonly cause?: unknown }) {
    super(message, { cause: facts.cause });
    this.timedOut = facts.timedOut;
  }
}

/** A started answer of a vendor. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Rejects with {@link UpstreamError} when the answer breaks off, and with the signal's reason when it is aborted. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where and how one call goes to a vendor. */
export interface UpstreamCall {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly timeouts: UpstreamTimeouts;
  /** Aborting cuts the connection at once. */
  readonly signal: AbortSignal;
}

/** Destroys `request` when its current phase takes too long. */
class PhaseTimer {
  /** Set once the vendor was too late; the sockets report it as a mere reset. */
  expired: UpstreamError | undefined;
  readonly #request: http.ClientRequest;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: http.ClientRequest) {
    this.#request = request;
  }

  start(phase: string, milliseconds: number): void {
    clearTimeout(this.#timer);
    const message = `the model provider ${phase} within ${milliseconds / 1000} s`;
    this.#timer = setTimeout(() => {
      this.expired = new UpstreamError(message, { timedOut: true });
      this.#request.destroy(this.expired);
    }, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function whyItFailed(error: unknown, timer: PhaseTimer, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (timer.expired) return timer.expired;
  if (error instanceof UpstreamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new UpstreamError(`the connection to the model provider failed: ${reason}`, {
    timedOut: false,
    cause: error,
  });
}

async function* timedChunks(
  answer: IncomingMessage,
  timer: PhaseTimer,
  call: UpstreamCall,
): AsyncGenerator<Uint8Array> {
  try {
    timer.start('sent nothing more', call.timeouts.idle);
    for await (const chunk of answer) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the answer is not bytes');
      // While the agent is slow to take this piece, the vendor is not the one who is late.
      timer.stop();
      yield chunk;
      timer.start('sent nothing more', call.timeouts.idle);
    }
    if (!answer.complete)
      throw new UpstreamError('the model provider broke off its answer', { timedOut: false });
  } catch (error) {
    throw whyItFailed(error, timer, call.signal);
  } finally {
    timer.stop();
    answer.destroy();
  }
}

/**
 * Sends one call and resolves when the answer begins. Redirects are not followed.
 * @throws UpstreamError, or the reason of `call.signal`.
 */
export async function callUpstream(call: UpstreamCall): Promise<UpstreamAnswer> {
  const { request: open } = call.url.protocol === 'https:' ? https : http;
  const request = open(call.url, { method: 'POST', headers: call.headers, signal: call.signal });
  const timer = new PhaseTimer(request);
  timer.start('could not be reached', call.timeouts.connect);
  const awaitAnswer = () => timer.start('did not answer', call.timeouts.answer);
  request.once('socket', (socket) => {
    if (!socket.connecting) awaitAnswer();
    else socket.once(call.url.protocol === 'https:' ? 'secureConnect' : 'connect', awaitAnswer);
  });
  try {
    const responded = once(request, 'response');
    request.end(call.body);
    const [answer]: unknown[] = await responded;
    if (!(answer instanceof http.IncomingMessage)) throw new TypeError('no HTTP response');
    // A destroyed request reports on itself too; the reader of the answer hears of it from the answer.
    request.on('error', () => undefined);
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      chunks: timedChunks(answer, timer, call),
    };
  } catch (error) {
    timer.stop();
    request.on('error', () => undefined);
    throw whyItFailed(error, timer, call.signal);
  }
}
