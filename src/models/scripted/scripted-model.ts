import {
  LLMock,
  type ChatCompletionRequest,
  type ChatMessage,
  type FixtureResponse,
} from '@copilotkit/aimock';
import { nextTurn, type ScriptedConversation, type ScriptedTask } from './script.ts';

/** What the scripted model plays, and where it listens. */
export interface ScriptedModelOptions {
  readonly tasks: readonly ScriptedTask[];
  /** Loopback port; 0 or absent takes a free one. */
  readonly port?: number;
  /** Milliseconds between the pieces of a streamed answer, so that a person can watch; default 0. */
  readonly pieceDelayMs?: number;
}

/** A scripted model that listens; whoever started it must close it. */
export interface ScriptedModel {
  /** Root of its API in both wire formats, without `/v1`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Requests kept by the mock server for looking at: it would keep a thousand transcripts otherwise. */
const keptRequests = 20;

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

function readConversation({ messages }: ChatCompletionRequest): ScriptedConversation {
  const result = messages.findLast(({ role }) => role === 'tool');
  return {
    userTexts: messages.filter(({ role }) => role === 'user').map(textOf),
    callIds: messages.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ id }) => id)),
    lastResult: result ? textOf(result) : '',
  };
}

/** Agents put prefixes before the names of MCP tools. */
function offeredName(request: ChatCompletionRequest, tool: string): string {
  return request.tools?.map(({ function: { name } }) => name).find((name) => name.endsWith(tool)) ?? tool;
}

/** Four characters a token, like the real ones; grows with the transcript because it is counted from it. */
function tokens(value: unknown): number {
  return Math.ceil(JSON.stringify(value).length / 4);
}

function answer(tasks: readonly ScriptedTask[], request: ChatCompletionRequest): FixtureResponse {
  const turn = nextTurn(tasks, readConversation(request));
  const input = tokens([request.messages, request.tools ?? []]);
  const output = tokens(turn);
  // Each wire format reads its own names.
  const usage = {
    input_tokens: input,
    output_tokens: output,
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
  };
  if (!turn.call) return { content: turn.text, usage };
  const { id, tool, input: given } = turn.call;
  const call = { id, name: offeredName(request, tool), arguments: JSON.stringify(given) };
  return { content: turn.text, toolCalls: [call], usage };
}

/**
 * Starts a model server that plays given solutions in Anthropic's and OpenAI's wire formats, streamed.
 * For tests and the demo only: what it "achieves" says nothing about any model.
 */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const server = new LLMock({
    host: '127.0.0.1',
    port: options.port ?? 0,
    logLevel: 'silent',
    latency: options.pieceDelayMs ?? 0,
    chunkSize: 24,
    journalMaxEntries: keptRequests,
  });
  server.addFixture({
    match: { predicate: () => true },
    response: (request) => answer(options.tasks, request),
  });
  await server.start();
  return { url: server.url.replace(/\/+$/, ''), close: () => server.stop() };
}
