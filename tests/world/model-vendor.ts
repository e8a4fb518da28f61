import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

/** One call a model vendor received. */
export interface VendorCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A model vendor on loopback whose every byte a test decides. */
export interface ModelVendor {
  readonly url: string;
  readonly calls: readonly VendorCall[];
  close(): Promise<void>;
}

type VendorAnswer = (response: ServerResponse, call: VendorCall, index: number) => void | Promise<void>;

export async function startModelVendor(answer: VendorAnswer): Promise<ModelVendor> {
  const calls: VendorCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const call = { path: request.url ?? '', headers: request.headers, body };
      calls.push(call);
      void answer(response, call, calls.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Server-sent events as Anthropic frames them. */
export function anthropicEvents(
  events: readonly { readonly type: string; readonly [field: string]: unknown }[],
): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** A whole streamed answer of `POST /v1/messages` that says `text`. */
export function anthropicStream(
  text: string,
  usage: { readonly input: number; readonly output: number },
): string {
  return anthropicEvents([
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: usage.input,
          cache_creation_input_tokens: 30,
          cache_read_input_tokens: 200,
          output_tokens: 1,
        },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output },
    },
    { type: 'message_stop' },
  ]);
}

/** A whole streamed answer of `POST /v1/chat/completions` that says `text`, with the usage chunk. */
export function chatStream(text: string, usage: { readonly input: number; readonly output: number }): string {
  const chunk = (rest: Record<string, unknown>): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5', ...rest })}\n\n`;
  return [
    chunk({
      choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }],
      usage: null,
    }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null }),
    chunk({
      choices: [],
      usage: {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        prompt_tokens_details: { cached_tokens: 40 },
      },
    }),
    'data: [DONE]\n\n',
  ].join('');
}

/** A streamed answer of `POST /v1/responses`, reduced to the events that say something about tokens. */
export function responsesStream(
  text: string,
  usage: { readonly input: number; readonly output: number },
): string {
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-5', output: [] };
  return anthropicEvents([
    { type: 'response.created', response: { ...response, status: 'in_progress', usage: null } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: text },
    {
      type: 'response.completed',
      response: {
        ...response,
        status: 'completed',
        usage: {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: 40 },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: usage.input + usage.output,
        },
      },
    },
  ]);
}
