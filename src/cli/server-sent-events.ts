import { setTimeout as delay } from 'node:timers/promises';

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Characters of one event; a longer one means that the other side is not our service. */
const maxEventLength = 8_000_000;

/**
 * Reads a stream of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * Comments are skipped. Throws when nothing at all comes for `silenceMs`, or when the stream breaks.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  silenceMs: number,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  try {
    for (;;) {
      const { value, done } = await withDeadline(reader.read(), silenceMs);
      if (done) return;
      pending += value.replaceAll('\r\n', '\n');
      const blocks = pending.split('\n\n');
      pending = blocks.pop() ?? '';
      if (pending.length > maxEventLength) throw new Error('an event is too long');
      yield* blocks.flatMap(parseBlock);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): readonly ServerSentEvent[] {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    else if (line.startsWith('event:')) event = line.slice(6).trim();
  }
  return data.length === 0 ? [] : [{ event, data: data.join('\n') }];
}

async function withDeadline<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  const done = new AbortController();
  const late = delay(ms, undefined, { signal: done.signal }).then(() => {
    throw new Error('the service went silent');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
