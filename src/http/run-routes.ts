import type { Context, Hono } from 'hono';
import type { Clock } from '../domain/clock.ts';
import type { Caller } from '../operations/caller.ts';
import type { Operations } from '../operations/operations.ts';
import type { CallerCheck } from './callers.ts';
import { eventWindowSize, type EventWindow } from './pages/event-sections.ts';
import type { AssetUrls } from './pages/page-layout.ts';
import { runPage } from './pages/run-page.ts';
import { runsPage } from './pages/runs-page.ts';

interface PageDeps {
  readonly operations: Operations;
  readonly callerOf: CallerCheck;
  readonly clock: Clock;
  readonly urls: AssetUrls;
}

/** The pages for people: the list of runs and one run. */
export function mountPages(app: Hono, { operations, callerOf, clock, urls }: PageDeps): void {
  app.get('/', (context) => context.redirect('/runs'));
  app.get('/runs', async (context) => {
    const before = context.req.query('before');
    const caller = reader(context, callerOf);
    const page = await operations.call('list_runs', caller, before === undefined ? {} : { before });
    return context.html(runsPage(page, urls));
  });
  app.get('/runs/:runId', async (context) => {
    const caller = reader(context, callerOf);
    const runId = context.req.param('runId');
    const detail = await operations.call('get_run', caller, { runId });
    const readAfter: ReadAfter = async (after, limit) =>
      (await operations.call('read_events', caller, { runId, after, limit })).events;
    const live = detail.run.finishedAt === null;
    const firstTrial = firstShown(context.req.query('trials')) ?? 1;
    const from = firstShown(context.req.query('from')) ?? (live ? await tailStart(readAfter) : 1);
    return context.html(
      runPage(detail, { events: await readWindow(readAfter, from), firstTrial }, clock.now(), urls),
    );
  });
}

type ReadAfter = (after: number, limit: number) => Promise<EventWindow['events']>;

function reader(context: Context, callerOf: CallerCheck): Caller {
  return callerOf(context.req.header('authorization'), 'public-read');
}

function firstShown(query: string | undefined): number | undefined {
  return query !== undefined && /^[1-9]\d{0,8}$/.test(query) ? Number(query) : undefined;
}

async function readWindow(readAfter: ReadAfter, from: number): Promise<EventWindow> {
  const events = await readAfter(from - 1, eventWindowSize + 1);
  const shown = events.slice(0, eventWindowSize);
  return {
    events: shown,
    from,
    more: events.length > eventWindowSize,
    lastSeq: shown.at(-1)?.seq ?? from - 1,
  };
}

/** First seq of the newest window. Seqs have no gaps, so a few single reads find the end of a log of any length. */
async function tailStart(readAfter: ReadAfter): Promise<number> {
  const exists = async (seq: number) => (await readAfter(seq - 1, 1)).length > 0;
  if (!(await exists(eventWindowSize + 1))) return 1;
  let low = eventWindowSize + 1;
  let high = low * 2;
  while (await exists(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await exists(middle)) low = middle;
    else high = middle;
  }
  return low - eventWindowSize + 1;
}
