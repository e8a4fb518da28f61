import type { Outcome } from '../../domain/outcome.ts';
import type { LoggedEvent } from '../../telemetry/events.ts';

const lineLength = 110;

function oneLine(text: string): string {
  const flat = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return flat.length > lineLength ? `${flat.slice(0, lineLength - 1)}…` : flat;
}

function outcomeLine(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'graded':
    case 'limited': {
      const { tests } = outcome;
      const counts = tests
        ? `, ${tests.passed} of ${tests.passed + tests.failed + tests.other} tests passed`
        : '';
      return `${outcome.reward === 1 ? '✅' : '❌'} reward ${outcome.reward}${counts}`;
    }
    case 'cancelled':
      return `⏹  cancelled by ${outcome.by}`;
    case 'faulted':
      return `⚠️  ${outcome.fault}: ${oneLine(outcome.message)}`;
  }
}

/** What an event says to somebody who watches, or undefined for what is not worth a line. */
export function progressLine({ event }: LoggedEvent): string | undefined {
  switch (event.type) {
    case 'run-queued':
      return `queued: ${event.trials} trials of ${event.pack}, asked by ${event.requestedBy}`;
    case 'image-building':
      return `image: ${oneLine(event.line)}`;
    case 'sandbox-started':
      return `sandbox ${event.sandboxId.slice(0, 12)} started in ${event.durationMs} ms`;
    case 'tool-called':
      return `→ ${event.tool} ${oneLine(event.input)}`;
    case 'limit-reached':
      return `limit reached: ${event.limit}`;
    case 'sandbox-sealed':
      return `sealed in ${event.durationMs} ms; no process of the agent is left`;
    case 'trial-requeued':
      return `queued again: ${oneLine(event.reason)}`;
    case 'trial-finished':
      return outcomeLine(event.outcome);
    case 'run-finalizing':
      return 'all trials have ended; computing the result';
    case 'run-cancelled':
      return `cancelled by ${event.by}`;
    case 'run-finished':
    case 'run-started':
    case 'run-cancel-requested':
    case 'trial-leased':
    case 'agent-started':
    case 'turn-started':
    case 'agent-text':
    case 'tool-returned':
    case 'model-called':
    case 'output-truncated':
    case 'agent-ended':
    case 'verification-started':
    case 'verification-finished':
    case 'sandbox-removed':
      return undefined;
  }
}
