import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anthropicStream, chatStream, responsesStream } from '../../../tests/world/model-vendor.ts';
import { costOf, priceTable } from './prices.ts';
import { UsageMeter, type MeterReading } from './usage-meter.ts';
import type { ModelEndpoint } from './wire.ts';

const call = { requestBytes: 600, maxOutputTokens: undefined };

function meterPieces(endpoint: ModelEndpoint, pieces: readonly Uint8Array[]): MeterReading {
  const meter = new UsageMeter({ ...call, endpoint, streamed: true });
  for (const piece of pieces) meter.feed(piece);
  return meter.read();
}

const said = 'Ünïcode “quotes” \u{1f600} and "usage" in the text\r\n';
const streams = [
  {
    endpoint: 'messages',
    text: anthropicStream(said, { input: 1000, output: 77 }),
    input: 1230,
    cached: 200,
  },
  {
    endpoint: 'chat-completions',
    text: chatStream(said, { input: 900, output: 77 }),
    input: 900,
    cached: 40,
  },
  { endpoint: 'responses', text: responsesStream(said, { input: 900, output: 77 }), input: 900, cached: 40 },
] as const;

test.each(streams)(
  'reads the usage of a $endpoint stream however it is cut',
  ({ endpoint, text, input, cached }) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
      fc.assert(
        fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), (cuts) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
          expect(meterPieces(endpoint, pieces)).toMatchObject({
            usage: { inputTokens: input, cachedInputTokens: cached, outputTokens: 77 },
            estimated: false,
            vendorFailed: false,
          });
        }),
        { numRuns: 60 },
      );
      const singleBytes = [...bytes].map((byte) => Uint8Array.of(byte));
      expect(meterPieces(endpoint, singleBytes).usage).toMatchObject({
        inputTokens: input,
        outputTokens: 77,
      });
    }
  },
);

test('a stream cut before its usage is charged by its bytes, and never less than was generated', () => {
  const whole = Buffer.from(anthropicStream('word '.repeat(400), { input: 1000, output: 500 }));
  const cut = meterPieces('messages', [whole.subarray(0, whole.indexOf('message_delta'))]);
  expect(cut.estimated).toBe(true);
  expect(cut.usage.inputTokens).toBe(1230);
  expect(cut.usage.outputTokens).toBeGreaterThan(500);
  const nothing = meterPieces('chat-completions', []);
  expect(nothing).toMatchObject({ estimated: true, usage: { inputTokens: 200, outputTokens: 0 } });
});

test('an unstreamed call that was cut is charged the most it could have generated', () => {
  const meter = new UsageMeter({
    endpoint: 'messages',
    streamed: false,
    requestBytes: 300,
    maxOutputTokens: 4000,
  });
  expect(meter.read()).toMatchObject({ estimated: true, usage: { inputTokens: 100, outputTokens: 4000 } });
});

test('reads unstreamed answers of all three endpoints', () => {
  const answers: readonly [ModelEndpoint, unknown, number][] = [
    [
      'messages',
      { type: 'message', usage: { input_tokens: 5, cache_read_input_tokens: 6, output_tokens: 7 } },
      11,
    ],
    ['chat-completions', { usage: { prompt_tokens: 11, completion_tokens: 7 } }, 11],
    ['responses', { usage: { input_tokens: 11, output_tokens: 7 } }, 11],
  ];
  for (const [endpoint, answer, inputTokens] of answers) {
    const meter = new UsageMeter({ ...call, endpoint, streamed: false });
    for (const byte of Buffer.from(JSON.stringify(answer))) meter.feed(Uint8Array.of(byte));
    expect(meter.read()).toMatchObject({ estimated: false, usage: { inputTokens, outputTokens: 7 } });
  }
});

test('a vendor that fails inside its stream is noticed', () => {
  const error =
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
  expect(meterPieces('messages', [Buffer.from(error)]).vendorFailed).toBe(true);
  const failed = 'data: {"type":"response.failed","response":{"status":"failed","usage":null}}\n\n';
  expect(meterPieces('responses', [Buffer.from(failed)]).vendorFailed).toBe(true);
});

test('rubbish instead of a stream never throws', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('messages', 'responses'),
      (bytes, endpoint) => {
        expect(meterPieces(endpoint, [bytes]).estimated).toBe(true);
      },
    ),
  );
});

test('prices a call as its vendor bills it, cache included', () => {
  const usage = { inputTokens: 10_000, cachedInputTokens: 6000, outputTokens: 1000, longCacheWriteTokens: 0 };
  const at = Date.UTC(2026, 9, 1);
  // claude-sonnet-4-5: 3 $ input, 0.3 $ cache read, 3.75 $ cache write, 15 $ output, a million tokens each.
  const sonnet = costOf(
    { provider: 'anthropic', id: 'claude-sonnet-4-5' },
    { ...usage, cacheWriteTokens: 1000 },
    at,
  );
  expect(sonnet).toBe(3000 * 3 + 6000 * 0.3 + 1000 * 3.75 + 1000 * 15);
  // gpt-5: 1.25 $ input, 0.125 $ cached, 10 $ output.
  const gpt = costOf({ provider: 'openai', id: 'gpt-5' }, { ...usage, cacheWriteTokens: 0 }, at);
  expect(gpt).toBe(4000 * 1.25 + 6000 * 0.125 + 1000 * 10);
  expect(
    costOf({ provider: 'openai', id: 'no-such-model' }, { ...usage, cacheWriteTokens: 0 }, at),
  ).toBeNull();
  expect(costOf({ provider: 'scripted', id: 'demo' }, { ...usage, cacheWriteTokens: 0 }, at)).toBe(0);
});

test('the price table is named by the version that is installed', () => {
  const installed = readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8');
  expect(installed).toContain(`"version": "${/ ([\d.]+) /.exec(priceTable)?.[1]}"`);
});
