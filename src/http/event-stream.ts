import { setTimeout as delay } from 'node:timers/promises';
import type { EncodedEvent } from '../operations/event-encoder.ts';

export interface EventStreamOptions {
  /** Milliseconds without an event until a comment is sent, so that proxies keep the connection and dead clients show. */
  readonly heartbeatMs: number;
  /** Milliseconds a client may take nothing while its buffer is full; then it is dropped and may resume. */
  readonly stallMs: number;
  /** Characters buffered for one client. */
  readonly bufferLength: number;
}

type Turn =
  | { readonly kind: 'event'; readonly result: IteratorResult<EncodedEvent> }
  | { readonly kind: 'idle' };

/**
 * Events as a stream of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * `id:` is the event's seq. A last event named `end` says that nothing will follow. Reads on only as fast as the client
 * takes; `stop` is aborted when the client is gone or dropped, and aborting it ends the stream.
 */
export function streamEvents(
  events: AsyncIterable<EncodedEvent>,
  stop: AbortController,
  options: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const writer = new FrameWriter(stop, options.stallMs);
  return new ReadableStream<string>(
    {
      start(controller) {
        writer.attach(controller);
        void pump(events, writer, { stop, heartbeatMs: options.heartbeatMs });
      },
      pull: () => writer.roomMade(),
      cancel: () => stop.abort(),
    },
    { highWaterMark: options.bufferLength, size: (frame) => frame?.length ?? 1 },
  ).pipeThrough(new TextEncoderStream());
}

/** The client's buffer: waits for room, and gives the client up when there is none for too long. */
class FrameWriter {
  readonly #stop: AbortController;
  readonly #stallMs: number;
  #controller: ReadableStreamDefaultController<string> | undefined;
  #room = Promise.withResolvers<void>();

  constructor(stop: AbortController, stallMs: number) {
    this.#stop = stop;
    this.#stallMs = stallMs;
  }

  attach(controller: ReadableStreamDefaultController<string>): void {
    this.#controller = controller;
  }

  roomMade(): void {
    this.#room.resolve();
  }

  get full(): boolean {
    return (this.#controller?.desiredSize ?? 0) <= 0;
  }

  async write(frame: string): Promise<void> {
    this.#controller?.enqueue(frame);
    while (this.full && !this.#stop.signal.aborted) {
      this.#room = Promise.withResolvers();
      const waited = new AbortController();
      const stalled = delay(this.#stallMs, 'stalled', {
        signal: AbortSignal.any([waited.signal, this.#stop.signal]),
      }).catch(() => 'stopped');
      const end = await Promise.race([this.#room.promise, stalled]);
      waited.abort();
      if (end === 'stalled') this.drop();
    }
  }

  /** Cuts the connection: the client resumes at the last event it got. */
  drop(): void {
    this.#controller?.error(new Error('the client does not keep up'));
    this.#stop.abort();
  }

  close(): void {
    this.#controller?.close();
  }
}

async function pump(
  events: AsyncIterable<EncodedEvent>,
  writer: FrameWriter,
  { stop, heartbeatMs }: { readonly stop: AbortController; readonly heartbeatMs: number },
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    await writer.write('retry: 2000\n\n');
    let next = iterator.next();
    while (!stop.signal.aborted) {
      const turn = await nextTurn(next, heartbeatMs, stop.signal);
      if (turn.kind === 'idle') {
        await writer.write(': still here\n\n');
        continue;
      }
      if (turn.result.done) break;
      await writer.write(frameOf(turn.result.value));
      next = iterator.next();
    }
    // Stopped from outside is not the end of the run: without `end` the client comes back.
    if (!stop.signal.aborted) await writer.write('event: end\ndata: {}\n\n');
    writer.close();
  } catch {
    // The source failed, or the client went away between two frames: either way the client resumes where it was.
    writer.drop();
  } finally {
    stop.abort();
    await iterator.return?.();
  }
}

async function nextTurn(
  next: Promise<IteratorResult<EncodedEvent>>,
  heartbeatMs: number,
  signal: AbortSignal,
): Promise<Turn> {
  const arrived = new AbortController();
  const idle = delay(heartbeatMs, undefined, { signal: AbortSignal.any([arrived.signal, signal]) })
    .catch(() => undefined)
    .then((): Turn => ({ kind: 'idle' }));
  try {
    return await Promise.race([next.then((result): Turn => ({ kind: 'event', result })), idle]);
  } finally {
    arrived.abort();
  }
}

function frameOf(event: EncodedEvent): string {
  return `id: ${event.seq}\ndata: ${event.json}\n\n`;
}
