import { html } from 'hono/html';
import type { EventDocument } from '../../contract/event.ts';
import type { OperationOutput } from '../../contract/operations.ts';
import { eventLine } from './event-line.ts';
import { plainText, type Markup } from './terminal-text.ts';

/** Events a page shows at once. */
export const eventWindowSize = 500;

/** A stretch of a run's events. */
export interface EventWindow {
  readonly events: readonly EventDocument[];
  /** Seq of the first event shown. */
  readonly from: number;
  /** Whether events after the last one shown exist. */
  readonly more: boolean;
  /** Seq of the last event shown, or of the one before the window when it is empty. */
  readonly lastSeq: number;
}

/** The window's events, those of the run first, then a section for each trial that has some, in the order of the table. */
export function eventSections(
  { run, trials, taskTitles }: OperationOutput<'get_run'>,
  events: EventWindow,
): Markup {
  const begin = Date.parse(run.createdAt);
  const sections = [
    section('run', 'The run', { events: ofTrial(events, null), begin }),
    ...trials.flatMap((trial) => {
      const own = ofTrial(events, trial.id);
      if (own.length === 0) return [];
      const title = `${plainText(taskTitles[trial.taskId] ?? trial.taskId)}${run.trialsPerTask > 1 ? `, trial ${trial.repetition}` : ''}`;
      return section(`trial-${trial.id}`, title, { events: own, begin });
    }),
  ];
  return html`${paging(run.id, events)}
    <div id="stream">${sections}</div>
    ${paging(run.id, events)}`;
}

function ofTrial({ events }: EventWindow, trialId: string | null): readonly EventDocument[] {
  return events.filter((event) => event.trialId === trialId);
}

function section(
  id: string,
  title: string,
  { events, begin }: { readonly events: readonly EventDocument[]; readonly begin: number },
): Markup {
  return html`<details id="${id}" class="group" open>
    <summary>${title} <small class="count">${events.length} events</small></summary>
    <ol>
      ${events.map((event) => eventLine(event, begin))}
    </ol>
  </details>`;
}

function paging(runId: string, { from, more, lastSeq }: EventWindow): Markup {
  if (from <= 1 && !more) return html``;
  const earlier = Math.max(1, from - eventWindowSize);
  return html`<nav class="paging">
    ${from > 1 ? html`<a href="/runs/${runId}?from=${earlier}#events">Earlier events</a>` : ''}
    <span>Events ${from} to ${lastSeq}</span>
    ${more ? html`<a href="/runs/${runId}?from=${lastSeq + 1}#events">Later events</a>` : ''}
  </nav>`;
}
