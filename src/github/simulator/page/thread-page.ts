import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { CheckRunView, CommentView, ReactionView, ThreadView } from '../thread-view.ts';
import type { SimulatedReactionContent } from '../state.ts';
import { renderMarkdown } from './markdown.ts';

export type PageMarkup = HtmlEscapedString | Promise<HtmlEscapedString>;

const faces = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  hooray: '🎉',
  confused: '😕',
  heart: '❤️',
  rocket: '🚀',
  eyes: '👀',
} as const satisfies Record<SimulatedReactionContent, string>;

interface FrameFacts {
  readonly title: string;
  /** Of the event stream that says when to show the page anew. */
  readonly changes: string;
  /** Seconds after which a reader without scripts gets the page again; null for never. */
  readonly reloadSeconds: number | null;
}

/** The frame of every page. */
export function pageFrame(facts: FrameFacts, content: PageMarkup): PageMarkup {
  const reload = facts.reloadSeconds;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${facts.title}</title>
        <link rel="icon" href="/-/icon.svg" />
        <link rel="stylesheet" href="/-/style.css" />
        ${reload === null ? '' : html`<noscript><meta http-equiv="refresh" content="${reload}" /></noscript>`}
      </head>
      <body data-changes="${facts.changes}">
        <div class="bar">
          <div>
            <span class="mark"></span><a href="/">Threads</a>
            <span class="note">GitHub simulator · everything here stays on this machine</span>
          </div>
        </div>
        <main>${content}</main>
        <script src="/-/live.js" type="module"></script>
      </body>
    </html>`;
}

/** All threads, newest first. */
export function threadList(threads: readonly ThreadView[]): PageMarkup {
  const items = threads.toReversed().map(
    (thread) =>
      html`<a href="${new URL(thread.url).pathname}">
        <span class="state ${thread.state}">${thread.state}</span>
        <strong>${thread.title}</strong>
        <span class="where">${thread.repository}#${thread.number}</span>
        <span class="count">${thread.comments.length} comments</span>
      </a>`,
  );
  const list = items.length > 0 ? items : html`<p class="empty">There is no issue or pull request yet.</p>`;
  return html`<h1>Threads</h1>
    <div id="live"><div class="card list">${list}</div></div>`;
}

interface ThreadPageFacts {
  readonly thread: ThreadView;
  /** Who may be chosen as the author of a comment. */
  readonly logins: readonly string[];
  /** Who is chosen. */
  readonly chosen: string;
}

/** A thread with its checks and a form to write into it. */
export function threadPage({ thread, logins, chosen }: ThreadPageFacts): PageMarkup {
  const isPull = thread.kind === 'pull';
  const side = html`<aside class="side">
    <h2>Checks</h2>
    ${
      thread.checkRuns.length > 0
        ? thread.checkRuns.toReversed().map((run) => checkCard(run, thread, chosen))
        : html`<p class="card empty">No check has reported on this commit.</p>`
    }
  </aside>`;
  return html`<div id="live">
      <h1>${thread.title} <span class="number">#${thread.number}</span></h1>
      <p class="facts">
        <span class="state ${thread.state}">${thread.state}</span>
        <span>${thread.repository} · ${isPull ? 'pull request' : 'issue'} by ${thread.login}</span>
        ${thread.headSha === null ? '' : html`<span class="sha">${thread.headSha.slice(0, 12)}</span>`}
      </p>
      <div class="columns ${isPull ? '' : 'single'}">
        <section>
          ${post({ ...thread, id: null, isEdited: false, viaApp: null, minimizedReason: null })}
          ${thread.comments.map(post)}
        </section>
        ${isPull ? side : ''}
      </div>
    </div>
    ${writeForm(thread, logins, chosen)}`;
}

type Post = Omit<CommentView, 'id' | 'body'> & { readonly id: number | null; readonly body: string | null };

function post(entry: Post): PageMarkup {
  const anchor = entry.id === null ? '' : html`id="issuecomment-${entry.id}"`;
  const content = html`<header>
      <img src="/-/avatars/${encodeURIComponent(entry.login)}.svg" alt="" />
      <strong>${entry.login}</strong>
      ${entry.viaApp === null ? '' : html`<span class="tag">app</span>`}
      <time datetime="${entry.createdAt}">${entry.createdAt.slice(0, 16).replace('T', ' ')}</time>
      ${entry.isEdited ? html`<span class="quiet">· edited</span>` : ''}
    </header>
    <div class="body">${raw(renderMarkdown(entry.body ?? '*No description.*'))}</div>
    ${reactionBar(entry.reactions)}`;
  if (entry.minimizedReason === null) {
    return html`<article class="card post" ${anchor}>${content}</article>`;
  }
  return html`<details class="card post folded" ${anchor}>
    <summary>${entry.login}’s comment is folded away as ${entry.minimizedReason}</summary>
    ${content}
  </details>`;
}

function reactionBar(reactions: readonly ReactionView[]): PageMarkup | string {
  if (reactions.length === 0) return '';
  const groups = Map.groupBy(reactions, ({ content }) => content);
  const items = [...groups].map(([content, given]) => {
    const people = given.map(({ login }) => login).join(', ');
    const name = content.replace('+1', 'yes').replace('-1', 'no');
    return html`<span title="${people}">${faces[content]} <small>${name}</small> ${given.length}</span>`;
  });
  return html`<div class="reactions">${items}</div>`;
}

function checkCard(run: CheckRunView, thread: ThreadView, chosen: string): PageMarkup {
  const word = (run.conclusion ?? run.status).replaceAll('_', ' ');
  const page = `/${thread.repository}/runs/${run.id}`;
  return html`<article class="card check">
    <h3><span class="dot ${run.conclusion ?? run.status}"></span>${run.name}</h3>
    <p class="word">${word}</p>
    ${run.title === null ? '' : html`<p class="title">${run.title}</p>`}
    <div class="body">${raw(renderMarkdown(run.summary ?? ''))}</div>
    <p class="more"><a href="${page}">Whole report</a> · <a href="${run.detailsUrl}">Details</a></p>
    ${run.status === 'completed' ? checkButtons(run, page, chosen) : ''}
  </article>`;
}

function checkButtons(run: CheckRunView, page: string, chosen: string): PageMarkup {
  return html`<form method="post" action="${page}">
    <input type="hidden" name="login" value="${chosen}" />
    <button name="click" value="rerequest">Re-run</button>
    ${run.actions.map(
      (action) =>
        html`<button name="click" value="action:${action.identifier}" title="${action.description}">
          ${action.label}
        </button>`,
    )}
  </form>`;
}

function writeForm(thread: ThreadView, logins: readonly string[], chosen: string): PageMarkup {
  const path = `${new URL(thread.url).pathname}/comments`;
  return html`<div class="columns ${thread.kind === 'pull' ? '' : 'single'}">
    <form class="card write" method="post" action="${path}">
      <div class="row">
        <label for="login">Comment as</label>
        <select id="login" name="login">
          ${logins.map(
            (login) => html`<option value="${login}" ${login === chosen ? 'selected' : ''}>${login}</option>`,
          )}
        </select>
        <noscript
          ><a href="?write=yes&amp;as=${encodeURIComponent(chosen)}"
            >Stop reloading while I write</a
          ></noscript
        >
      </div>
      <textarea
        name="body"
        aria-label="Comment"
        placeholder="Markdown, for example /clawbench help"
        required
      ></textarea>
      <div class="row"><button class="main">Comment</button></div>
    </form>
  </div>`;
}

/** Everything a check run says. */
export function checkRunPage(run: CheckRunView, repository: string): PageMarkup {
  const annotations = run.annotations.map(
    (note) =>
      html`<tr>
        <td>${note.level}</td>
        <td class="sha">${note.path}:${note.startLine}</td>
        <td>${note.title ?? ''} ${note.message}</td>
      </tr>`,
  );
  return html`<div id="live">
    <h1>${run.name} <span class="number">${(run.conclusion ?? run.status).replaceAll('_', ' ')}</span></h1>
    <p class="facts">
      <span class="dot ${run.conclusion ?? run.status}"></span>
      <span>${repository}</span><span class="sha">${run.headSha.slice(0, 12)}</span>
      <a href="${run.detailsUrl}">Details</a>
    </p>
    <article class="card post">
      <header><strong>${run.title ?? 'No report yet'}</strong></header>
      <div class="body">
        ${raw(renderMarkdown(run.summary ?? ''))} ${raw(renderMarkdown(run.text ?? ''))}
        ${
          annotations.length === 0
            ? ''
            : html`<table>
                ${annotations}
              </table>`
        }
      </div>
    </article>
  </div>`;
}
