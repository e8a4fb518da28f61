import { z } from 'zod';
import type { EventDocument } from '../../contract/event.ts';
import { formatCount, formatDuration, formatShare } from '../../contract/figures.ts';

/** How an event is shown: a word for its kind, one line, and what the agent or a tool wrote. All of it untrusted text. */
export interface EventView {
  readonly label: string;
  readonly tone: 'quiet' | 'agent' | 'tool' | 'good' | 'bad' | 'warn';
  readonly line: string;
  readonly body?: string;
}

type Fact = EventDocument['event'];
type FactType = Fact['type'];
type Facts = { readonly [Type in FactType]: Extract<Fact, { readonly type: Type }> };
type EventOutcome = Facts['trial-finished']['outcome'];

const commandInput = z.object({ command: z.string() });

/** One row an event type; a missing one does not compile. */
const views: { readonly [Type in FactType]: (event: Facts[Type]) => EventView } = {
  'run-queued': (event) =>
    quiet('run', `${event.requestedBy} asked for ${event.pack} with ${event.agent}: ${event.trials} trials`),
  'run-started': () => quiet('run', 'Run started'),
  'run-cancel-requested': (event) => warning('cancel', `${event.by} asked to cancel the run`),
  'run-finalizing': () => quiet('run', 'All trials are over; the result is being made'),
  'run-finished': (event) => ({
    label: 'run',
    tone: 'good',
    line: `Run finished: ${event.solved} of ${event.registered} solved${event.mean === null ? '' : `, score ${formatShare(event.mean)}`}`,
  }),
  'run-cancelled': (event) => warning('run', `Run cancelled by ${event.by}`),
  'trial-leased': (event) => quiet('trial', `Taken by ${event.worker}, try ${event.attempt}`),
  'trial-requeued': (event) => warning('trial', `Back in the queue: ${event.reason}`),
  'image-building': (event) => ({ label: 'image', tone: 'quiet', line: '', body: event.line }),
  'sandbox-started': (event) =>
    quiet(
      'sandbox',
      `Sandbox ${event.sandboxId} of ${event.image} started in ${formatDuration(event.durationMs)}`,
    ),
  'agent-started': (event) =>
    quiet(
      'agent',
      `Agent started with driver ${event.driver}${event.model === null ? '' : `, model ${event.model}`}`,
    ),
  'turn-started': (event) => quiet('turn', `Turn ${event.turn}`),
  'agent-text': (event) => ({ label: 'agent', tone: 'agent', line: '', body: event.text }),
  'tool-called': (event) => ({
    label: 'tool',
    tone: 'tool',
    line: shortTool(event.tool),
    body: toolInput(event.input),
  }),
  'tool-returned': (event) => ({
    label: event.failed ? 'tool error' : 'result',
    tone: event.failed ? 'bad' : 'tool',
    line: `${shortTool(event.tool)} after ${formatDuration(event.durationMs)}`,
    body: event.output,
  }),
  'model-called': (event) => ({
    label: 'model',
    tone: event.status < 400 ? 'quiet' : 'bad',
    line: `${event.model}: ${event.status < 400 ? tokensText(event) : `status ${event.status}`}, ${formatDuration(event.durationMs)}`,
  }),
  'output-truncated': (event) =>
    warning(
      'cut',
      `Output was too long: ${formatCount(event.keptBytes)}B kept, ${formatCount(event.droppedBytes)}B left out`,
    ),
  'limit-reached': (event) => warning('limit', `Limit reached: ${event.limit}`),
  'agent-ended': (event) =>
    quiet(
      'agent',
      `Agent ended: ${event.reason}${event.exitCode === null ? '' : ` (exit code ${event.exitCode})`}`,
    ),
  'sandbox-sealed': (event) =>
    quiet('sandbox', `All its processes ended, sandbox sealed in ${formatDuration(event.durationMs)}`),
  'verification-started': () => quiet('verifier', 'Verifying'),
  'verification-finished': (event) => ({
    label: 'verifier',
    tone: event.reward === 1 ? 'good' : 'bad',
    line: `${event.reward === null ? 'No reward' : `Reward ${event.reward}`}${testsText(event.tests)} after ${formatDuration(event.durationMs)}`,
  }),
  'sandbox-removed': (event) => quiet('sandbox', `Sandbox removed in ${formatDuration(event.durationMs)}`),
  'trial-finished': (event) => outcomeView(event.outcome),
};

export function viewEvent(event: Fact): EventView {
  return viewOf(event.type, event);
}

function viewOf<Type extends FactType>(type: Type, event: Facts[Type]): EventView {
  return views[type](event);
}

function outcomeView(outcome: EventOutcome): EventView {
  if (outcome.kind === 'cancelled') return warning('trial', `Cancelled by ${outcome.by}`);
  if (outcome.kind === 'faulted') {
    return warning('trial', `No grade, and not the agent’s fault (${outcome.fault}): ${outcome.message}`);
  }
  const how = outcome.kind === 'limited' ? `Stopped at its ${outcome.limit} limit and graded` : 'Graded';
  return {
    label: 'trial',
    tone: outcome.reward === 1 ? 'good' : 'bad',
    line: `${how} ${outcome.reward}${testsText(outcome.tests)}`,
  };
}

function testsText(tests: Facts['verification-finished']['tests']): string {
  if (tests === null) return '';
  return `, ${tests.passed} of ${tests.passed + tests.failed + tests.other} tests passed`;
}

function tokensText(event: Facts['model-called']): string {
  return `${formatCount(event.inputTokens)} tokens in, ${formatCount(event.outputTokens)} out`;
}

function quiet(label: string, line: string): EventView {
  return { label, tone: 'quiet', line };
}

function warning(label: string, line: string): EventView {
  return { label, tone: 'warn', line };
}

function shortTool(tool: string): string {
  return tool.replace(/^clawbench_/, '');
}

/** The command where the input is one, else the input as it came. */
function toolInput(input: string): string {
  const command = commandInput.safeParse(parseJson(input));
  return command.success ? `$ ${command.data.command}` : input;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
