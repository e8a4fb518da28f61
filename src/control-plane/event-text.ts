import type { TrialLevelEvent } from '../telemetry/events.ts';

const maxText = 16 * 1024;
const maxName = 200;
const maxLine = 500;

/** Text of an agent, a tool or a build, fit to be stored: bounded, storable in any database, and without the secrets. */
export function boundText(text: string, limit: number, secrets: readonly string[]): string {
  const open = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  const cut =
    open.length <= limit ? open : `${open.slice(0, limit)}… [${open.length - limit} characters left out]`;
  // PostgreSQL stores no NUL, and half a surrogate pair is no UTF-8.
  return cut.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** The event with every text that comes from outside bounded and redacted. */
export function boundEvent(event: TrialLevelEvent, secrets: readonly string[]): TrialLevelEvent {
  const name = (text: string) => boundText(text, maxName, secrets);
  const line = (text: string) => boundText(text, maxLine, secrets);
  const text = (long: string) => boundText(long, maxText, secrets);
  switch (event.type) {
    case 'agent-text':
      return { ...event, text: text(event.text) };
    case 'tool-called':
      return {
        ...event,
        callId: name(event.callId),
        tool: name(event.tool),
        input: text(event.input),
      };
    case 'tool-returned':
      return {
        ...event,
        callId: name(event.callId),
        tool: name(event.tool),
        output: text(event.output),
      };
    case 'image-building':
      return { ...event, line: line(event.line) };
    case 'agent-ended':
    case 'trial-requeued':
      return { ...event, reason: line(event.reason) };
    case 'trial-leased':
    case 'sandbox-started':
    case 'agent-started':
    case 'turn-started':
    case 'model-called':
    case 'output-truncated':
    case 'limit-reached':
    case 'sandbox-sealed':
    case 'verification-started':
    case 'verification-finished':
    case 'sandbox-removed':
    case 'trial-finished':
      break;
  }
  return event;
}
