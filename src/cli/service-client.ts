import type { z } from 'zod';
import { errorDocumentSchema } from '../contract/error.ts';
import { eventDocumentSchema, type EventDocument } from '../contract/event.ts';
import type { OperationRow } from '../contract/operations.ts';
import type { CliAnswer, CliFailure, CliOptions } from './cli-options.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import { terminalSafe } from './terminal-safe.ts';

const requestTimeoutMs = 30_000;
/** The service sends a sign of life every fifteen seconds. */
const silenceMs = 45_000;
const reconnectMs = 1_000;
const maxReconnects = 20;

interface CallableRow<Input extends z.ZodObject, Output extends z.ZodObject> extends OperationRow {
  readonly input: Input;
  readonly output: Output;
}

/** Asks the service over HTTP; routes and types come from the operations table. */
export class ServiceClient {
  readonly #options: CliOptions;

  constructor(options: CliOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.service.url.replace(/\/+$/, '');
  }

  /** Calls a row of the operations table. Never rejects: trouble is `failed`. */
  async call<Input extends z.ZodObject, Output extends z.ZodObject>(
    row: CallableRow<Input, Output>,
    input: z.input<Input>,
  ): Promise<CliAnswer<z.output<Output>>> {
    const response = await this.#send(row, input);
    if (response.kind === 'failed') return response;
    if (!response.value.ok) return { kind: 'failed', failure: await refusal(response.value) };
    const body: unknown = await response.value.json().catch(() => undefined);
    const parsed = row.output.safeParse(body);
    if (parsed.success) return { kind: 'done', value: parsed.data };
    return { kind: 'failed', failure: strangeAnswer(this.url) };
  }

  /**
   * Events of a run, history first, then live until it is over or the user interrupts. Comes back after a lost
   * connection where it was; gives up, ending early, after some tries in a row.
   */
  async *follow(runId: string): AsyncGenerator<EventDocument> {
    const { interrupted, wait } = this.#options;
    let last = 0;
    for (let tries = 0; tries < maxReconnects && !interrupted.aborted; tries += 1) {
      if (tries > 0) await wait(reconnectMs, interrupted);
      for await (const message of this.#connect(runId, last)) {
        if (message.event === 'end') return;
        const event = eventDocumentSchema.safeParse(parseJson(message.data));
        if (!event.success || event.data.seq <= last) continue;
        last = event.data.seq;
        tries = 0;
        yield event.data;
      }
    }
  }

  async *#connect(runId: string, after: number) {
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#options.interrupted]);
    try {
      const response = await fetch(`${this.url}/v1/runs/${runId}/events`, {
        headers: { ...this.#headers(), Accept: 'text/event-stream', 'Last-Event-ID': String(after) },
        signal,
      });
      if (!response.ok || !response.body) return;
      yield* readServerSentEvents(response.body, silenceMs);
    } catch {
      // A broken connection ends this part; the caller comes back.
    } finally {
      gone.abort();
    }
  }

  async #send(row: OperationRow, input: Readonly<Record<string, unknown>>): Promise<CliAnswer<Response>> {
    const { method = 'GET', path = '/v1/' } = row.http ?? {};
    const { address, rest } = fillPath(path, input);
    const query = method === 'GET' ? toQuery(rest) : '';
    try {
      const value = await fetch(`${this.url}${address}${query}`, {
        method,
        headers: { ...this.#headers(), 'Content-Type': 'application/json' },
        ...(method === 'POST' ? { body: JSON.stringify(rest) } : {}),
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      return { kind: 'done', value };
    } catch (thrown) {
      return { kind: 'failed', failure: unreachable(this.url, thrown) };
    }
  }

  #headers(): Record<string, string> {
    const { token } = this.#options.service;
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  }
}

function fillPath(path: string, input: Readonly<Record<string, unknown>>) {
  const rest = { ...input };
  const address = path.replace(/:(\w+)/g, (_whole, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { address, rest };
}

function toQuery(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

async function refusal(response: Response): Promise<CliFailure> {
  const body = errorDocumentSchema.safeParse(await response.json().catch(() => undefined));
  if (!body.success) {
    return {
      exitCode: 3,
      message: `the service answered with status ${response.status} and no reason`,
      hint: 'Look into the service’s log.',
    };
  }
  const { message, hint } = body.data.error;
  const unauthenticated = response.status === 401;
  return {
    exitCode: response.status >= 500 || response.status === 429 ? 3 : 2,
    message: terminalSafe(message),
    hint: unauthenticated
      ? 'Set CLAWBENCH_TOKEN, or give --token, to the operator token of that service.'
      : hint && terminalSafe(hint),
  };
}

function unreachable(url: string, thrown: unknown): CliFailure {
  const slow = thrown instanceof DOMException && thrown.name === 'TimeoutError';
  return {
    exitCode: 3,
    message: slow
      ? `the service at ${url} did not answer in ${requestTimeoutMs / 1000} seconds`
      : `nothing answers at ${url}`,
    hint: 'Start the service with "clawbench serve", or point CLAWBENCH_URL (or --url) at the one that runs.',
  };
}

function strangeAnswer(url: string): CliFailure {
  return {
    exitCode: 3,
    message: `the answer of ${url} is not one this version understands`,
    hint: 'Use the command line of the same version as the service.',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
