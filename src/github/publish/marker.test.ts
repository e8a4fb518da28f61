import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommentSeal, hasMarker, markerAllowance } from './marker.ts';

const seal = new CommentSeal(new Uint8Array(32).fill(1));
const place = 'gh:octo/hello#pr:1';
const fields = { kind: 'run', run: '01K0V5Z3QK6M1T6E0G2Q1N4W7B', benchmark: 'entry-test' };
const body = seal.close(place, { fields, text: 'hello\n\nworld' });

test('the marker is one hidden line before the text', () => {
  expect(body).toMatch(
    /^<!-- clawbench v1 kind=run run=01K\w+ benchmark=entry-test sig=[0-9a-f]{32} -->\nhello\n\nworld$/,
  );
  expect(hasMarker(body)).toBe(true);
  expect(body.length - 'hello\n\nworld'.length).toBeLessThan(markerAllowance);
});

test('what was closed opens, also with GitHub’s line ends and in a thread whose name has other capitals', () => {
  expect(seal.open(place, body)).toEqual({ fields, text: 'hello\n\nworld' });
  expect(seal.open('gh:Octo/Hello#pr:1', `${body.replaceAll('\n', '\r\n')}\r\n `)).toEqual({
    fields,
    text: 'hello\n\nworld',
  });
});

test.each<[string, string, string]>([
  ['in another thread', 'gh:octo/hello#pr:2', body],
  ['with another text', place, body.replace('world', 'World')],
  ['with more text', place, `${body}\nand me`],
  ['with another run', place, body.replace('01K0V5Z3QK6M1T6E0G2Q1N4W7B', '01K0V5Z3QK6M1T6E0G2Q1N4W7C')],
  ['with another signature', place, body.replace(/sig=../, 'sig=00')],
  ['with a short signature', place, body.replace(/sig=\w+/, 'sig=00')],
  ['behind other text', place, `x\n${body}`],
  ['made with another key', place, new CommentSeal(new Uint8Array(32)).close(place, { fields, text: 'x' })],
  ['without a marker', place, 'hello'],
])('a comment %s is not ours', (_name, where, comment) => {
  expect(seal.open(where, comment)).toBeUndefined();
});

test('any text survives, and any change of it is noticed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (text, more) => {
      const closed = seal.close(place, { fields, text });
      const trimmed = text.replaceAll('\r\n', '\n').trim();
      expect(seal.open(place, closed)?.text.trim()).toBe(trimmed);
      fc.pre(more.trim() !== '');
      expect(seal.open(place, `${closed}${more}`)).toBeUndefined();
    }),
  );
});
