import { Hono, type Context } from 'hono';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { ClawBenchError } from '../../../domain/errors.ts';
import type { Hub } from '../hub.ts';
import type { SimulatedCheckRun } from '../state.ts';
import { checkRunView } from '../thread-view.ts';
import type { SimulatorWorld } from '../world.ts';
import { liveScript, styleSheet } from './style.ts';
import { checkRunPage, pageFrame, threadList, threadPage, type PageMarkup } from './thread-page.ts';

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const commentForm = z.object({ login: z.string().min(1), body: z.string().trim().min(1) });
const clickForm = z.object({ login: z.string().min(1), click: z.string() });

/** Seconds between reloads for a reader without scripts. */
const reloadSeconds = 5;

/** Whether a path belongs to a page, not to the API. */
export function isPagePath(path: string): boolean {
  if (path === '/' || path.startsWith('/-/')) return true;
  return /^\/(?!repos\/|api\/)[^/]+\/[^/]+\/(?:pull|issues|runs)\/\d+(?:\/|$)/.test(path);
}

/** Pages on which people read threads and write comments. */
export function threadPages(hub: Hub, world: SimulatorWorld): Hono {
  const pages = new Hono();
  pages.use(csrf());
  pages.use(async (context, next) => {
    await next();
    context.header('content-security-policy', policy);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
    context.header('cache-control', 'no-store');
  });
  pages.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    const fault = ClawBenchError.from(error);
    return context.text(fault.message, fault.code === 'internal' ? 500 : 400);
  });
  assetRoutes(pages, hub);
  pages.get('/', (context) => {
    const frame = { title: 'Threads', changes: '/-/changes', reloadSeconds };
    return context.html(pageFrame(frame, threadList(world.threads())));
  });
  pages.get('/-/changes', (context) => changeStream(context, hub));
  threadRoutes(pages, hub, world);
  checkRunRoutes(pages, hub, world);
  return pages;
}

function assetRoutes(pages: Hono, hub: Hub): void {
  pages.get('/-/style.css', (context) => context.body(styleSheet, 200, { 'content-type': 'text/css' }));
  pages.get('/-/live.js', (context) => context.body(liveScript, 200, { 'content-type': 'text/javascript' }));
  pages.get('/-/icon.svg', (context) => picture(context, 'S', 170));
  pages.get('/-/avatars/:name{.+\\.svg}', (context) => {
    const name = context.req.param('name').slice(0, -4);
    const users = [...hub.state.users.values()];
    const user = users.find(({ id, login }) => login === name || String(id) === name);
    if (!user) throw new HTTPException(404);
    return picture(context, user.login, (user.id * 47) % 360);
  });
}

/** An account's picture: its first letter on a colour of its own. */
function picture(context: Context, name: string, hue: number) {
  const letter = /[a-z\d]/i.exec(name)?.[0].toUpperCase() ?? '?';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="hsl(${hue} 42% 46%)"/>` +
    `<text x="20" y="27" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="600" fill="#fff">${letter}</text></svg>`;
  return context.body(svg, 200, { 'content-type': 'image/svg+xml' });
}

function threadRoutes(pages: Hono, hub: Hub, world: SimulatorWorld): void {
  const threadOf = (context: Context) => {
    const repository = `${context.req.param('owner')}/${context.req.param('repo')}`;
    const number = Number(context.req.param('number'));
    const found = hub.state.repositories.get(repository.toLowerCase())?.issues.has(number);
    if (!found) throw new HTTPException(404, { message: 'There is no such thread.' });
    return { repository, number };
  };
  for (const kind of ['pull', 'issues']) {
    const path = `/:owner/:repo/${kind}/:number{\\d+}`;
    pages.get(path, (context) => {
      const thread = world.thread(threadOf(context));
      const logins = [...hub.state.users.values()]
        .filter((user) => user.kind === 'User')
        .map(({ login }) => login);
      const chosen = context.req.query('as') ?? thread.login;
      const isWriting = context.req.query('write') !== undefined;
      const frame = {
        title: `${thread.title} · ${thread.repository}#${thread.number}`,
        changes: '/-/changes',
        reloadSeconds: isWriting ? null : reloadSeconds,
      };
      return context.html(pageFrame(frame, threadPage({ thread, logins, chosen })));
    });
    pages.post(`${path}/comments`, async (context) => {
      const thread = threadOf(context);
      const form = commentForm.safeParse(await context.req.parseBody());
      if (!form.success) throw new HTTPException(400, { message: 'A comment needs an author and a text.' });
      const { login, body } = form.data;
      const known = hub.state.users.get(login.toLowerCase());
      if (known?.kind !== 'User') throw new HTTPException(400, { message: 'Nobody has that login.' });
      await world.comment(thread, login, body.replaceAll('\r\n', '\n'));
      return context.redirect(
        `${new URL(world.thread(thread).url).pathname}?as=${encodeURIComponent(login)}`,
        303,
      );
    });
  }
}

function checkRunRoutes(pages: Hono, hub: Hub, world: SimulatorWorld): void {
  const path = '/:owner/:repo/runs/:id{\\d+}';
  const find = (context: Context): { readonly run: SimulatedCheckRun; readonly repository: string } => {
    const repository = `${context.req.param('owner')}/${context.req.param('repo')}`;
    const run = hub.state.repositories
      .get(repository.toLowerCase())
      ?.checkRuns.get(Number(context.req.param('id')));
    if (!run) throw new HTTPException(404, { message: 'There is no such check run.' });
    return { run, repository };
  };
  pages.get(path, (context) => {
    const { run, repository } = find(context);
    const frame = { title: `${run.name} · ${repository}`, changes: '/-/changes', reloadSeconds };
    const content: PageMarkup = checkRunPage(checkRunView(run), repository);
    return context.html(pageFrame(frame, content));
  });
  pages.post(path, async (context) => {
    const { run } = find(context);
    const form = clickForm.safeParse(await context.req.parseBody());
    if (!form.success) throw new HTTPException(400, { message: 'Nothing was clicked.' });
    const { login, click } = form.data;
    const [, identifier] = /^action:(.+)$/.exec(click) ?? [];
    await (identifier === undefined
      ? world.rerequest(run.id, login)
      : world.clickAction(run.id, login, identifier));
    return context.redirect(context.req.header('referer') ?? '/', 303);
  });
}

/** Says "change" whenever anything changed. */
function changeStream(context: Context, hub: Hub) {
  return streamSSE(context, async (stream) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    stream.onAbort(end);
    const unsubscribe = hub.changes.subscribe(({ kind }) => {
      if (kind !== 'delivery') void stream.writeSSE({ event: 'change', data: kind });
    });
    await stream.writeSSE({ event: 'open', data: '' });
    await ended;
    unsubscribe();
  });
}
