import { html } from 'hono/html';
import type { EventDocument } from '../../contract/event.ts';
import { formatCount, formatDuration } from '../../contract/figures.ts';
import { viewEvent } from './event-view.ts';
import { plainText, terminalText, type Markup } from './terminal-text.ts';

/** Characters of one event's text on the page; the rest is a link away. */
const shownLength = 3_000;

/** One event as a list item; its text is untrusted and shown as terminal output. `begin` is the time offsets count from. */
export function eventLine(document: EventDocument, begin: number): Markup {
  const view = viewEvent(document.event);
  const offset = Math.max(0, Date.parse(document.at) - begin);
  const line = view.line === '' ? '' : html`<p>${plainText(view.line)}</p>`;
  const body = view.body === undefined ? '' : bodyText(view.body, document);
  return html`<li class="event ${view.tone}" id="e${document.seq}" data-seq="${document.seq}">
    <a class="seq" href="#e${document.seq}">${document.seq}</a>
    <time datetime="${document.at}">+${formatDuration(offset)}</time>
    <span class="label">${view.label}</span>
    <div class="what">${line}${body}</div>
  </li>`;
}

function bodyText(body: string, document: EventDocument): Markup {
  if (body.trim() === '') return html``;
  const hidden = body.length - shownLength;
  if (hidden <= 0) return html`<pre>${terminalText(body)}</pre>`;
  const href = `/v1/runs/${document.runId}/events?after=${document.seq - 1}&limit=1`;
  return html`<pre>${terminalText(body.slice(0, shownLength))}</pre>
    <p class="more"><a href="${href}">${formatCount(hidden)} more characters</a></p>`;
}
