import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { operationNames, operations, type OperationName, type OperationRow } from '../contract/operations.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { Operations } from '../operations/operations.ts';
import type { CallerCheck } from './callers.ts';
import { streamEvents, type EventStreamOptions } from './event-stream.ts';

interface ApiDeps {
  readonly operations: Operations;
  readonly callerOf: CallerCheck;
  readonly streams: EventStreamOptions & { readonly maxFollowers: number };
  /** Aborted when the service stops: streams end, and their clients come back later. */
  readonly stopping: AbortSignal;
}

type HttpRow = OperationRow & { readonly http: NonNullable<OperationRow['http']> };

/** Every row of the operations table that has a route, with its name. */
export const routedOperations: readonly { readonly name: OperationName; readonly row: HttpRow }[] =
  operationNames.flatMap((name) => {
    const row: OperationRow = operations[name];
    return row.http ? [{ name, row: { ...row, http: row.http } }] : [];
  });

/** Serves the operations table under `/v1`. */
export function mountApi(app: Hono, deps: ApiDeps): void {
  const follow = createFollow(deps);
  for (const { name, row } of routedOperations) {
    const numbers = numericFields(row.input);
    app.on(row.http.method, row.http.path, async (context) => {
      const caller = deps.callerOf(context.req.header('authorization'), row.needs);
      const input = await readInput(context, numbers);
      if (row.follow && wantsStream(context)) return follow(context, input);
      return context.json(await deps.operations.call(name, caller, input), row.http.status ?? 200);
    });
  }
}

function wantsStream(context: Context): boolean {
  return (context.req.header('accept') ?? '').includes('text/event-stream');
}

function createFollow({ operations: service, callerOf, streams, stopping }: ApiDeps) {
  let followers = 0;
  return async (context: Context, input: Readonly<Record<string, unknown>>): Promise<Response> => {
    const caller = callerOf(context.req.header('authorization'), 'public-read');
    if (followers >= streams.maxFollowers) {
      throw new ClawBenchError('unavailable', 'too many clients follow runs right now', {
        hint: 'Try again in a moment, or read the events as pages of JSON.',
      });
    }
    const stop = new AbortController();
    const lastSeen = context.req.header('last-event-id');
    const after = lastSeen !== undefined && /^\d{1,15}$/.test(lastSeen) ? Number(lastSeen) : input['after'];
    const signal = AbortSignal.any([stop.signal, stopping]);
    const events = await service.followEvents(
      caller,
      after === undefined ? input : { ...input, after },
      signal,
    );
    followers += 1;
    stop.signal.addEventListener('abort', () => (followers -= 1), { once: true });
    stopping.addEventListener('abort', () => stop.abort(), { once: true, signal: stop.signal });
    return new Response(streamEvents(events, stop, streams), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      },
    });
  };
}

/** Query or JSON body, and the path's parameters over them. */
async function readInput(
  context: Context,
  numbers: ReadonlySet<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const given =
    context.req.method === 'GET' ? readQuery(context.req.query(), numbers) : await readBody(context);
  return { ...given, ...context.req.param() };
}

const bodySchema = z.record(z.string(), z.unknown());

async function readBody(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await context.req.text();
  if (text.trim() === '') return {};
  // A page elsewhere cannot send this type without asking first, so it cannot act with a browser's credentials.
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
    throw new ClawBenchError('invalid-input', 'the body is not sent as JSON', {
      hint: 'Send the header "Content-Type: application/json".',
    });
  }
  const body = bodySchema.safeParse(parseJson(text));
  if (body.success) return body.data;
  throw new ClawBenchError('invalid-input', 'the body is not a JSON object', {
    hint: 'Send an object such as {"pack":"entry-test"}.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Text of a query as the types the input has; what does not fit stays text and is refused by the schema. */
function readQuery(
  query: Readonly<Record<string, string>>,
  numbers: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(query).map(([name, text]) => {
      if (numbers.has(name) && /^\d{1,15}$/.test(text)) return [name, Number(text)];
      return [name, text === 'true' ? true : text === 'false' ? false : text];
    }),
  );
}

const numericProperty = z.object({ type: z.enum(['integer', 'number']) });

function numericFields(input: z.ZodObject): ReadonlySet<string> {
  const { properties = {} } = z.toJSONSchema(input, { io: 'input' });
  const numeric = Object.entries(properties).filter(
    ([, schema]) => numericProperty.safeParse(schema).success,
  );
  return new Set(numeric.map(([name]) => name));
}
