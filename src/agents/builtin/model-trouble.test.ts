import { afterEach, expect, test } from 'vitest';
import { startAgentTrial, type AgentTrial } from '../../../tests/world/agent-trial.ts';
import { anthropicEvents, anthropicStream, startModelVendor } from '../../../tests/world/model-vendor.ts';
import type { AgentEvent } from '../agent-driver.ts';
import { createBuiltinAgent } from './builtin-agent.ts';

type VendorAnswer = Parameters<typeof startModelVendor>[0];
type VendorResponse = Parameters<VendorAnswer>[0];

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const vendor of open.splice(0)) await vendor.close();
});

/** Tool calls as Anthropic streams them; `input` is the raw JSON text of the arguments. */
function callStream(...calls: readonly { readonly name: string; readonly input: string }[]): string {
  const blocks = calls.flatMap(({ name, input }, index) => [
    {
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id: 'toolu_same', name, input: {} },
    },
    { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: input } },
    { type: 'content_block_stop', index },
  ]);
  const usage = { input_tokens: 10, output_tokens: 1 };
  const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage };
  return anthropicEvents([
    { type: 'message_start', message },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]);
}

function stream(response: VendorResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(text);
}

const done = anthropicStream('I am done.', { input: 1, output: 1 });

/** Runs the agent against a vendor without a gateway between; `waits` are the pauses it took. */
async function runAgainst(
  answer: VendorAnswer,
  overrides: Parameters<typeof startAgentTrial>[0] = {},
): Promise<{ events: AgentEvent[]; waits: number[]; trial: AgentTrial; bodies: string[] }> {
  const vendor = await startModelVendor(answer);
  open.push(vendor);
  const waits: number[] = [];
  const driver = createBuiltinAgent({
    ids: { next: () => 'RUN1' },
    wait: async (milliseconds) => void waits.push(milliseconds),
    maxConversation: 30_000,
  });
  const model = {
    model: { provider: 'anthropic', id: 'claude-sonnet-4-5' },
    baseUrl: vendor.url,
    token: 't',
  } as const;
  const trial = await startAgentTrial({ model, ...overrides });
  const events: AgentEvent[] = [];
  for await (const event of driver.run(trial.context)) events.push(event);
  return { events, waits, trial, bodies: vendor.calls.map(({ body }) => body) };
}

test('waits as long as the vendor asks, else longer each time, and goes on', async () => {
  const statuses = [429, 529, 500, 503];
  const { events, waits } = await runAgainst((response, _, index) => {
    const status = statuses[index];
    if (status === undefined) stream(response, done);
    else response.writeHead(status, index === 0 ? { 'retry-after': '9' } : {}).end('{}');
  });
  expect(waits).toEqual([9000, 2000, 4000, 8000]);
  expect(events.at(-1)).toMatchObject({ ending: { kind: 'finished', detail: 'I am done.' }, turns: 1 });
});

test('gives a model up after a bounded number of attempts, or when the wait is beyond the deadline', async () => {
  const overloaded = await runAgainst((response) => void response.writeHead(529).end('{}'));
  expect(overloaded.waits).toHaveLength(5);
  expect(overloaded.events.at(-1)).toMatchObject({ ending: { kind: 'model-unavailable' }, turns: 0 });
  const late = await runAgainst(
    (response) => void response.writeHead(429, { 'retry-after': '600' }).end('{}'),
  );
  expect(late.waits).toEqual([]);
  expect(late.events.at(-1)).toMatchObject({ ending: { kind: 'model-unavailable' } });
});

test('a stream that breaks off or fails inside is asked for again', async () => {
  const { events, bodies } = await runAgainst((response, _, index) => {
    if (index === 0) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(done.slice(0, 700), () => response.destroy());
    } else if (index === 1) {
      const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
      stream(response, anthropicEvents([error]));
    } else stream(response, done);
  });
  expect(bodies).toHaveLength(3);
  expect(bodies[2]).toBe(bodies[0]);
  expect(events.at(-1)).toMatchObject({ ending: { kind: 'finished' }, turns: 1 });
});

test.each([
  { status: 400, kind: 'failed' },
  { status: 401, kind: 'model-unavailable' },
  { status: 404, kind: 'model-unavailable' },
])('$status is $kind at once', async ({ status, kind }) => {
  const error = { type: 'error', error: { type: 'some_error', message: 'prompt is too long' } };
  const { events, bodies } = await runAgainst(
    (response) => void response.writeHead(status).end(JSON.stringify(error)),
  );
  expect(bodies).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ ending: { kind } });
});

test('a model that says nothing is told so, and given up after three times', async () => {
  const empty = anthropicStream('', { input: 1, output: 1 });
  const { events, bodies } = await runAgainst((response) => stream(response, empty));
  expect(bodies).toHaveLength(3);
  expect(bodies[1]).toContain('Your reply was empty');
  expect(events.at(-1)).toMatchObject({ ending: { kind: 'failed', exitCode: null }, turns: 3 });
});

test('malformed calls are answered with what was wrong, and given up after three turns', async () => {
  const calls = [
    [{ name: 'clawbench_exec', input: '{"command":' }],
    [{ name: 'clawbench_exec', input: '{"command":1}' }],
    [{ name: 'no_such_tool', input: '{}' }],
  ];
  const { events, bodies, trial } = await runAgainst((response, _, index) =>
    stream(response, callStream(...(calls[index] ?? []))),
  );
  expect(bodies).toHaveLength(3);
  expect(bodies[2]).toContain('is_error');
  expect(trial.toolCalls).toEqual([]);
  expect(events.filter((event) => event.type === 'tool-returned' && event.failed)).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({
    ending: { kind: 'failed', detail: '3 turns in a row came to nothing: malformed tool calls' },
  });
});

test('repeated call ids and many calls at once stay apart and bounded', async () => {
  const many = Array.from({ length: 20 }, () => ({ name: 'clawbench_exec', input: '{"command":"ls"}' }));
  const { events, bodies, trial } = await runAgainst((response, _, index) =>
    stream(response, index < 2 ? callStream(...many) : done),
  );
  const callIds = events.flatMap((event) => (event.type === 'tool-called' ? [event.callId] : []));
  expect(new Set(callIds).size).toBe(40);
  expect(trial.toolCalls).toHaveLength(32);
  expect(bodies[1]).toContain('at most 16 calls are made in one turn');
  expect(events.at(-1)).toMatchObject({ ending: { kind: 'finished' }, turns: 3 });
});

test('a huge output reaches the model as head and tail, and people as a preview', async () => {
  const { events, bodies } = await runAgainst(
    (response, _, index) =>
      stream(response, index < 1 ? callStream({ name: 'clawbench_exec', input: '{"command":"big"}' }) : done),
    { interpreter: () => ({ exitCode: 0, stdout: `BEGIN${'.'.repeat(300_000)}END` }) },
  );
  const told = bodies[1] ?? '';
  expect(['BEGIN', 'END', 'characters left out here'].map((part) => told.includes(part))).toEqual([
    true,
    true,
    true,
  ]);
  expect(told.length).toBeLessThan(80_000);
  const returned = events.find((event) => event.type === 'tool-returned');
  expect(returned?.output.length).toBeLessThan(2100);
  expect(returned?.output.endsWith('END')).toBe(true);
});

test('text comes out while it streams, in pieces, and never without bound', async () => {
  const long = anthropicStream('word '.repeat(10_000), { input: 1, output: 1 });
  const { events } = await runAgainst((response) => stream(response, long));
  const texts = events.flatMap((event) => (event.type === 'agent-text' ? [event.text] : []));
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.join('').length).toBeLessThan(17_000);
  expect(texts.at(-1)).toContain('left out');
});
