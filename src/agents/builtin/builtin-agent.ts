import { setTimeout as delay } from 'node:timers/promises';
import type { LanguageModel, ToolModelMessage, ToolResultPart, UserModelMessage } from 'ai';
import { ClawBenchError } from '../../domain/errors.ts';
import type { IdSource } from '../../domain/ids.ts';
import type { AgentContext, AgentDriver, AgentEnding, AgentEvent } from '../agent-driver.ts';
import { boundText } from './bounded-text.ts';
import { Conversation } from './conversation.ts';
import { languageModel, maxOutputTokens } from './model-client.ts';
import { modelTurn, type ModelAnswer, type RequestedCall, type TurnRequest } from './model-turn.ts';
import { TrialToolbox, type ToolAnswer } from './trial-toolbox.ts';

/** What the built-in agent is made of. */
export interface BuiltinAgentOptions {
  /** Makes the ids of its tool calls differ from those of every other try. */
  readonly ids: IdSource;
  /** How it waits between attempts to reach a model; a timer unless a test says otherwise. */
  readonly wait?: TurnRequest['wait'];
  /** Characters of conversation sent to the model at most; about four make a token. */
  readonly maxConversation?: number;
}

const defaultMaxConversation = 400_000;
/** Characters of the results of one turn's tool calls given to the model, shared among them. */
const maxTurnResults = 60_000;
const maxCallsPerTurn = 16;
/** Turns in a row that come to nothing before the agent is taken to be lost. */
const maxIdleTurns = 3;
const previewLength = 2000;

/** ClawBench's own agent: asks the model, makes the tool calls it wants, tells it the results, until it is done. */
export function createBuiltinAgent(options: BuiltinAgentOptions): AgentDriver {
  // The model client would print its warnings to the terminal, past the log.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return {
    id: 'builtin',
    needsModel: true,
    run: (context) => runBuiltin(options, context),
  };
}

/** A part of the work: yields what happens, and says how the agent ended or that it was stopped from outside. */
type WorkEvents = AsyncGenerator<AgentEvent, AgentEnding | 'stopped'>;

async function* runBuiltin(options: BuiltinAgentOptions, context: AgentContext): AsyncGenerator<AgentEvent> {
  if (!context.model)
    throw new ClawBenchError('unsupported', 'the built-in agent needs a model', {
      hint: 'Name one with model=provider/id.',
    });
  const timeLeft = () => context.deadline - context.clock.now();
  const deadline = AbortSignal.timeout(Math.max(0, timeLeft()));
  const left = new AbortController();
  const work: Work = {
    options,
    context,
    model: languageModel(context.model),
    maxOutputTokens: maxOutputTokens(context.model),
    signal: AbortSignal.any([context.signal, deadline, left.signal]),
    timeLeft,
    progress: { turns: 0 },
  };
  try {
    let ending = yield* withToolbox(work);
    if (ending === 'stopped')
      ending =
        deadline.aborted || timeLeft() <= 0 ? { kind: 'limited', limit: 'wall-time' } : { kind: 'aborted' };
    yield { type: 'agent-end', ending, turns: work.progress.turns };
  } finally {
    // Whoever listens may leave early; nothing goes on behind his back.
    left.abort();
  }
}

interface Work {
  readonly options: BuiltinAgentOptions;
  readonly context: AgentContext;
  readonly model: LanguageModel;
  readonly maxOutputTokens: number | undefined;
  readonly signal: AbortSignal;
  readonly timeLeft: () => number;
  readonly progress: { turns: number };
}

async function* withToolbox(work: Work): WorkEvents {
  if (work.signal.aborted) return 'stopped';
  let toolbox: TrialToolbox | undefined;
  try {
    toolbox = await TrialToolbox.open(work.context, work.signal);
    return yield* converse(work, toolbox);
  } catch (error) {
    if (work.signal.aborted) return 'stopped';
    throw error;
  } finally {
    await toolbox?.close();
  }
}

async function* converse(work: Work, toolbox: TrialToolbox): WorkEvents {
  const { options, context, progress } = work;
  const conversation = new Conversation(
    context.instruction,
    options.maxConversation ?? defaultMaxConversation,
  );
  const run = options.ids.next();
  let idle = 0;
  while (progress.turns < context.limits.maxTurns) {
    const turn = progress.turns + 1;
    yield { type: 'turn-started', turn };
    const result = yield* modelTurn({
      model: work.model,
      maxOutputTokens: work.maxOutputTokens,
      tools: toolbox.tools,
      messages: conversation.messages(),
      signal: work.signal,
      timeLeft: work.timeLeft,
      wait: options.wait ?? ((milliseconds, signal) => delay(milliseconds, undefined, { signal })),
    });
    if (result.kind === 'stopped') return 'stopped';
    if (result.kind === 'ended') return result.ending;
    progress.turns = turn;
    const { answer } = result;
    const ending = endingOf(answer);
    if (ending) return ending;
    const reply = yield* replyTo(answer, { work, toolbox, callPrefix: `${run}.${turn}` });
    idle = reply.idle ? idle + 1 : 0;
    if (idle >= maxIdleTurns)
      return {
        kind: 'failed',
        detail: `${idle} turns in a row came to nothing: ${reply.idle}`,
        exitCode: null,
      };
    conversation.addTurn(answer.messages, [reply.message]);
  }
  return { kind: 'limited', limit: 'turns' };
}

/** The ending when the model is done or will not go on; undefined when there is something to reply. */
function endingOf(answer: ModelAnswer): AgentEnding | undefined {
  if (answer.calls.length > 0) return undefined;
  if (answer.finishReason === 'content-filter')
    return { kind: 'failed', detail: 'the model refused to go on with the task', exitCode: null };
  if (answer.finishReason === 'length' || answer.text.trim() === '') return undefined;
  return { kind: 'finished', detail: boundText(answer.text.trim(), 500) };
}

interface Reply {
  readonly message: ToolModelMessage | UserModelMessage;
  /** Why the turn came to nothing, when it did. */
  readonly idle: string | undefined;
}

interface ReplyWork {
  readonly work: Work;
  readonly toolbox: TrialToolbox;
  readonly callPrefix: string;
}

async function* replyTo(answer: ModelAnswer, replyWork: ReplyWork): AsyncGenerator<AgentEvent, Reply> {
  if (answer.calls.length === 0) {
    const cut = answer.finishReason === 'length';
    const content = cut
      ? 'Your reply was cut at its maximum length. Go on in smaller steps.'
      : 'Your reply was empty. Call a tool to go on, or say in one sentence that you are done.';
    return {
      message: { role: 'user', content },
      idle: cut ? 'replies cut at their length' : 'empty replies',
    };
  }
  const content: ToolResultPart[] = [];
  let useful = 0;
  for (const [index, call] of answer.calls.entries()) {
    const result = yield* makeCall(call, index, replyWork);
    if (!result.malformed) useful += 1;
    const value = boundText(
      result.text,
      Math.floor(maxTurnResults / Math.min(answer.calls.length, maxCallsPerTurn)),
    );
    content.push({
      type: 'tool-result',
      toolCallId: call.id,
      toolName: call.tool,
      output: { type: result.failed ? 'error-text' : 'text', value },
    });
  }
  return { message: { role: 'tool', content }, idle: useful > 0 ? undefined : 'malformed tool calls' };
}

async function* makeCall(
  call: RequestedCall,
  index: number,
  { work, toolbox, callPrefix }: ReplyWork,
): AsyncGenerator<AgentEvent, ToolAnswer> {
  // Models repeat their call ids over the turns, and may within one.
  const callId = `${callPrefix}.${index}.${call.id.replaceAll(/[^\w-]/g, '_').slice(0, 64)}`;
  const input = boundText(JSON.stringify(call.input) ?? '', previewLength);
  const tool = call.tool.slice(0, 100);
  yield { type: 'tool-called', callId, tool, input };
  const startedAt = work.context.clock.now();
  const answer = await answerCall(call, index, () =>
    toolbox.call(call.tool, call.input, { clientCallId: callId, signal: work.signal }),
  );
  yield {
    type: 'tool-returned',
    callId,
    tool,
    failed: answer.failed,
    output: boundText(answer.text, previewLength),
    durationMs: work.context.clock.now() - startedAt,
  };
  return answer;
}

async function answerCall(
  call: RequestedCall,
  index: number,
  make: () => Promise<ToolAnswer>,
): Promise<ToolAnswer> {
  if (call.invalid !== undefined) return { text: `error: ${call.invalid}`, failed: true, malformed: true };
  if (index < maxCallsPerTurn) return make();
  const text = `error: not done, because at most ${maxCallsPerTurn} calls are made in one turn`;
  return { text, failed: true, malformed: false };
}
