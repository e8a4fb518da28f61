import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBody } from './request-body.ts';

const known = [
  'stream',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'stream_options',
  'background',
];
const typed = new Set([
  ...known,
  'model',
  'service_tier',
  'tools',
  'mcp_servers',
  'web_search_options',
  '__proto__',
]);
const key = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"b', 'c\\', 'd\\"', '{', ':'))
  .filter((name) => !typed.has(name));
const extra = fc.dictionary(key, fc.jsonValue(), { maxKeys: 6 });

test('takes any body that is plain, byte for byte', () => {
  fc.assert(
    fc.property(extra, fc.constantFrom(undefined, 1, 2), (fields, space) => {
      const bytes = Buffer.from(JSON.stringify({ ...fields, model: 'm' }, null, space));
      expect(checkBody('messages', bytes)).toMatchObject({
        kind: 'accepted',
        request: { model: 'm', body: bytes },
      });
    }),
  );
});

test('refuses any body that names a key twice, however it is spelt', () => {
  fc.assert(
    fc.property(extra, key, fc.jsonValue(), (fields, name, value) => {
      const plain = JSON.stringify(name);
      const again = plain.includes('\\') ? plain : plain.replaceAll('a', String.raw`\u0061`);
      const text = JSON.stringify({ ...fields, model: 'm', [name]: 1 });
      const twice = `${text.slice(0, -1)},${again}:${JSON.stringify(value)}}`;
      expect(checkBody('messages', Buffer.from(twice))).toEqual({
        kind: 'invalid',
        message: 'the request body repeats a key',
      });
    }),
  );
});

test('rubbish is refused, never thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(checkBody('responses', Buffer.from(text)).kind).toBe('invalid');
    }),
  );
});

test('asks a streamed chat for its usage and changes nothing else', () => {
  const streamed = { model: 'm', stream: true, n: null, stream_options: { include_usage: false, other: 1 } };
  const verdict = checkBody('chat-completions', Buffer.from(JSON.stringify(streamed)));
  const sent = verdict.kind === 'accepted' ? JSON.parse(verdict.request.body.toString()) : undefined;
  expect(sent).toEqual({ ...streamed, stream_options: { include_usage: true, other: 1 } });
  const plain = Buffer.from('{"model": "m"}');
  expect(checkBody('chat-completions', plain)).toMatchObject({ request: { body: plain } });
});

test('knows the most a call can come to', () => {
  const body = (fields: object) => {
    const verdict = checkBody('responses', Buffer.from(JSON.stringify({ model: 'm', ...fields })));
    return verdict.kind === 'accepted'
      ? [verdict.request.maxInputTokens, verdict.request.maxOutputTokens]
      : undefined;
  };
  expect(body({})).toEqual([13 + 1024, undefined]);
  expect(body({ max_output_tokens: 10 })?.[1]).toBe(10);
  expect(body({ max_tokens: 10, n: 3 })?.[1]).toBe(30);
  expect(body({ previous_response_id: 'x' })?.[0]).toBeUndefined();
});
