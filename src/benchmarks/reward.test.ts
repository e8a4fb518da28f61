import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxRewardBytes, readReward } from './reward.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const json = (text: string) => readReward({ json: bytes(text), text: null });
const text = (content: string) => readReward({ json: null, text: bytes(content) });

test.each([
  ['1', 1],
  ['0\n', 0],
  [' 0.25 \n', 0.25],
  ['1e-3', 0.001],
  ['+1.0', 1],
])('reward.txt %j is a reward', (content, reward) => {
  expect(text(content)).toEqual({ kind: 'reward', reward });
});

test.each([
  '',
  '  ',
  'yes',
  '2',
  '-0.1',
  'NaN',
  'Infinity',
  '1 1',
  '0x1',
  '1\n0',
  '１',
  '1'.padEnd(5_000, ' '),
])('reward.txt %j is none', (content) => {
  expect(text(content).kind).toBe('broken');
});

test.each([
  ['{"reward": 1}', 1],
  ['{"reward": 0.5, "speed": 12.5}', 0.5],
])('reward.json %s is a reward', (content, reward) => {
  expect(json(content)).toEqual({ kind: 'reward', reward });
});

test.each([
  '',
  '1',
  '[]',
  'null',
  '{}',
  '{"reward": "1"}',
  '{"reward": true}',
  '{"reward": 1.01}',
  '{"reward": -1}',
  '{"reward": NaN}',
  '{"reward": {"value": 1}}',
  '{"reward": 1, "note": "x"}',
  '{"score": 1}',
  '{"reward": 1}{"reward": 1}',
])('reward.json %s is none', (content) => {
  expect(json(content).kind).toBe('broken');
});

test('two files count only when they agree', () => {
  const both = (a: string, b: string) => readReward({ json: bytes(a), text: bytes(b) });
  expect(both('{"reward": 1}', '1.0')).toEqual({ kind: 'reward', reward: 1 });
  expect(both('{"reward": 1}', '0')).toEqual({
    kind: 'broken',
    message: 'reward.json says 1 and reward.txt says 0',
  });
  expect(both('{"reward": 1}', 'x').kind).toBe('broken');
});

test('no file is no reward', () => {
  expect(readReward({ json: null, text: null }).kind).toBe('broken');
});

test('whatever bytes there are, a reward is a number from 0 to 1', () => {
  const file = fc.option(fc.oneof(fc.uint8Array({ maxLength: maxRewardBytes + 1 }), fc.json().map(bytes)));
  fc.assert(
    fc.property(file, file, (first, second) => {
      const reading = readReward({ json: first, text: second });
      const reward = reading.kind === 'reward' ? reading.reward : 0;
      expect(reward >= 0 && reward <= 1).toBe(true);
    }),
  );
});
