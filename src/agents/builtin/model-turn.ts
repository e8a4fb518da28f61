import {
  streamText,
  type AssistantModelMessage,
  type LanguageModel,
  type ModelMessage,
  type ToolSet,
} from 'ai';
import type { AgentEnding, AgentEvent } from '../agent-driver.ts';
import { providerOptions, withCacheMarks } from './model-client.ts';
import { readModelFailure } from './model-failure.ts';
import { systemPrompt } from './system-prompt.ts';

/** A tool call as the model asked for it. */
export interface RequestedCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
  /** Why it cannot be made: no such tool, or arguments that are not JSON. */
  readonly invalid: string | undefined;
}

/** What the model answered in one turn. */
export interface ModelAnswer {
  readonly messages: readonly AssistantModelMessage[];
  readonly text: string;
  readonly calls: readonly RequestedCall[];
  readonly finishReason: string;
}

export type TurnResult =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  | { readonly kind: 'ended'; readonly ending: AgentEnding }
  /** The signal was aborted. */
  | { readonly kind: 'stopped' };

/** What a turn is made with. */
export interface TurnRequest {
  readonly model: LanguageModel;
  readonly maxOutputTokens: number | undefined;
  readonly tools: ToolSet;
  readonly messages: readonly ModelMessage[];
  readonly signal: AbortSignal;
  /** Milliseconds left until the deadline. */
  readonly timeLeft: () => number;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const maxAttempts = 6;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;

/** Text is passed on in pieces of about this many characters: each becomes a row of the event log. */
const pieceLength = 240;
/** Most text of one answer passed on as events; the model's own words stay whole in the conversation. */
const maxEventText = 16_000;

/** Asks the model once, again after passing failures, and yields its text while it comes. */
export async function* modelTurn(request: TurnRequest): AsyncGenerator<AgentEvent, TurnResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = yield* attemptTurn(request);
    if (request.signal.aborted) return { kind: 'stopped' };
    if ('answer' in result) return { kind: 'answered', answer: result.answer };
    const failure = readModelFailure(result.error);
    if (failure.kind === 'limit') return ended({ kind: 'limited', limit: failure.limit });
    if (failure.kind === 'rejected')
      return ended({
        kind: 'failed',
        detail: `the model refused the request: ${failure.detail}`,
        exitCode: null,
      });
    if (failure.kind === 'unavailable') return ended({ kind: 'model-unavailable', detail: failure.detail });
    const waitMs = failure.waitMs ?? Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs);
    if (attempt === maxAttempts || waitMs >= request.timeLeft())
      return ended({ kind: 'model-unavailable', detail: `${failure.detail} (after ${attempt} attempts)` });
    await request.wait(waitMs, request.signal).catch(() => undefined);
    if (request.signal.aborted) return { kind: 'stopped' };
  }
}

function ended(ending: AgentEnding): TurnResult {
  return { kind: 'ended', ending };
}

async function* attemptTurn(
  request: TurnRequest,
): AsyncGenerator<AgentEvent, { readonly answer: ModelAnswer } | { readonly error: unknown }> {
  const result = streamText({
    model: request.model,
    ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
    tools: request.tools,
    ...withCacheMarks(systemPrompt, request.messages),
    providerOptions,
    abortSignal: request.signal,
    maxRetries: 0,
    // Errors are read from the stream; the default would print them.
    onError: () => undefined,
  });
  const events = new TextEvents();
  const calls: RequestedCall[] = [];
  let text = '';
  let finishReason = 'unknown';
  try {
    for await (const part of result.stream) {
      if (part.type === 'error') return { error: part.error };
      if (part.type === 'text-delta') {
        text += part.text;
        yield* events.add(part.text);
      }
      if (part.type === 'text-end') yield* events.flush();
      if (part.type === 'finish') finishReason = part.finishReason;
      if (part.type === 'tool-call') {
        const { toolCallId, toolName, input } = part;
        const invalid = 'invalid' in part && part.invalid ? String(part.error) : undefined;
        calls.push({ id: toolCallId, tool: toolName, input, invalid });
      }
    }
    yield* events.flush();
    const { messages } = await result.response;
    const assistant = messages.filter((message) => message.role === 'assistant');
    return { answer: { messages: assistant, text, calls, finishReason } };
  } catch (error) {
    return { error };
  }
}

/** Gathers streamed text into events of readable size. */
class TextEvents {
  #pending = '';
  #passed = 0;

  *add(text: string): Generator<AgentEvent> {
    this.#pending += text;
    while (this.#pending.length > pieceLength) {
      const space = this.#pending.lastIndexOf(' ', pieceLength);
      const line = this.#pending.lastIndexOf('\n', pieceLength);
      const cut = Math.max(space, line) + 1 || pieceLength;
      yield* this.#pass(this.#pending.slice(0, cut));
      this.#pending = this.#pending.slice(cut);
    }
  }

  *flush(): Generator<AgentEvent> {
    if (this.#pending !== '') yield* this.#pass(this.#pending);
    this.#pending = '';
  }

  *#pass(text: string): Generator<AgentEvent> {
    if (this.#passed >= maxEventText) return;
    this.#passed += text.length;
    yield { type: 'agent-text', text };
    if (this.#passed >= maxEventText)
      yield { type: 'agent-text', text: '[… the rest of this answer is left out …]' };
  }
}
