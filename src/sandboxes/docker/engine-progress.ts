import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { ClawBenchError } from '../../domain/errors.ts';

/** One message of a build, pull or import, as the Engine API sends them: JSON, one a line. */
const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
});

const keptLines = 20;
const longestLine = 500;

/** How a long job of the engine ended: `failure` is what the engine said went wrong. */
export interface EngineJobEnd {
  readonly failure: string | null;
  /** The last lines of its output. */
  readonly lastLines: readonly string[];
}

/**
 * Reads the progress of a long job to its end.
 * @param quietMs longest time without a message.
 * @throws ClawBenchError `unavailable` when it falls silent or the connection breaks.
 */
export async function followEngineJob(
  stream: Readable,
  onProgress: (line: string) => void,
  quietMs: number,
): Promise<EngineJobEnd> {
  const lastLines: string[] = [];
  let failure: string | null = null;
  const silence = setTimeout(() => stream.destroy(new Error('it fell silent')), quietMs);
  const say = (text: string): void => {
    for (const line of text
      .split(/[\r\n]+/)
      .map(readable)
      .filter((part) => part !== '')) {
      onProgress(line);
      lastLines.push(line);
      if (lastLines.length > keptLines) lastLines.shift();
    }
  };
  try {
    for await (const line of linesOf(stream)) {
      silence.refresh();
      const message = parseMessage(line);
      if (message?.error !== undefined) failure = readable(message.error);
      if (message?.stream !== undefined) say(message.stream);
      // Byte counts of layers repeat many times a second; the plain states are enough.
      else if (message?.status !== undefined && !/^(Downloading|Extracting)$/.test(message.status))
        say([message.id, message.status].filter((part) => part !== undefined).join(' '));
    }
  } catch (thrown) {
    throw new ClawBenchError('unavailable', `the Docker Engine did not finish: ${describe(thrown)}`, {
      cause: thrown,
    });
  } finally {
    clearTimeout(silence);
  }
  return { failure, lastLines };
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const broken = Promise.withResolvers<never>();
  stream.once('error', broken.reject);
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), broken.promise]);
    if (next.done) return;
    yield next.value;
  }
}

function parseMessage(line: string): z.infer<typeof messageSchema> | null {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** One line without control characters and colours, cut to a readable length. */
function readable(text: string): string {
  return text.replaceAll(controlSequences, '').trim().slice(0, longestLine);
}

const controlSequences = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;?]*[A-Za-z]|\\p{Cc}`, 'gu');

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'the connection broke';
}
