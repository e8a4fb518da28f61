import type { AssistantModelMessage, ModelMessage, ToolModelMessage } from 'ai';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundText } from './bounded-text.ts';
import { Conversation } from './conversation.ts';

function answer(id: string): AssistantModelMessage {
  return {
    role: 'assistant',
    content: [{ type: 'tool-call', toolCallId: id, toolName: 'exec', input: { id } }],
  };
}

function result(id: string, value: string): ToolModelMessage {
  const output = { type: 'text' as const, value };
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId: id, toolName: 'exec', output }] };
}

function idsOf(messages: readonly ModelMessage[], type: 'tool-call' | 'tool-result'): string[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part) => (part.type === type ? [part.toolCallId] : [])),
  );
}

test('whatever is forgotten, instruction, last turn and pairs of call and result stay, under the size', () => {
  const turns = fc.array(fc.nat({ max: 6000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(turns, fc.integer({ min: 8000, max: 40_000 }), (lengths, limit) => {
      const conversation = new Conversation('the instruction', limit);
      for (const [index, length] of lengths.entries())
        conversation.addTurn([answer(`call-${index}`)], [result(`call-${index}`, 'x'.repeat(length))]);
      const messages = conversation.messages();
      expect(messages[0]).toEqual({ role: 'user', content: 'the instruction' });
      const last = lengths.length - 1;
      expect(messages.slice(-2)).toEqual([
        answer(`call-${last}`),
        result(`call-${last}`, 'x'.repeat(lengths[last] ?? 0)),
      ]);
      expect(idsOf(messages, 'tool-result')).toEqual(idsOf(messages, 'tool-call'));
      expect(JSON.stringify(messages.map(({ content }) => content)).length).toBeLessThan(limit + 1000);
    }),
  );
});

test('condenses the oldest results first and says what it left out', () => {
  const conversation = new Conversation('the instruction', 20_000);
  for (const id of ['a', 'b', 'c', 'd']) conversation.addTurn([answer(id)], [result(id, id.repeat(5000))]);
  const text = JSON.stringify(conversation.messages());
  expect(text).toContain('a\\n[… 4600 characters of this old result left out');
  expect(['a', 'b', 'c', 'd'].map((id) => text.includes(id.repeat(5000)))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  for (let turn = 0; turn < 100; turn += 1)
    conversation.addTurn([answer(`t${turn}`)], [result(`t${turn}`, 'y'.repeat(700))]);
  expect(conversation.messages()[1]?.content).toMatch(/^\[\d+ earlier turns are left out/);
});

test('keeps head and tail of a long text and never parts a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 2, max: 100 }),
      (text, limit) => {
        const bounded = boundText(text, limit);
        expect(bounded.isWellFormed()).toBe(true);
        expect(bounded.length).toBeLessThan(limit + 60);
        expect(bounded === text).toBe(text.length <= limit);
      },
    ),
  );
  expect(boundText(`${'a'.repeat(50)}${'b'.repeat(50)}`, 10)).toBe(
    'aaaaa\n[… 90 characters left out here …]\nbbbbb',
  );
});
