import { expect, test } from 'vitest';
import { nextTurn, taskMarker, type ScriptedConversation, type ScriptedTask } from './script.ts';

const task: ScriptedTask = {
  instruction: '\nSay it back with the code {{nonce}}.\n\nWrite `/app/answer.txt`. See `/app/order.json`.\n',
  files: [{ path: 'solve.sh', text: '#!/bin/bash\necho hi > /app/answer.txt\n' }],
  answerPath: '/app/answer.txt',
  hasty: false,
};

function play(
  tasks: readonly ScriptedTask[],
  instruction: string,
): { text: string; tool?: string; input?: unknown }[] {
  const turns: { text: string; tool?: string; input?: unknown }[] = [];
  const callIds: string[] = [];
  for (;;) {
    const conversation: ScriptedConversation = {
      userTexts: [instruction],
      // A pruned transcript: only the latest call is left.
      callIds: callIds.slice(-1),
      lastResult: 'exit code 0 after 0.01 s\n--- stdout\nhi 0123\n',
    };
    const { text, call } = nextTurn(tasks, conversation);
    turns.push(call ? { text, tool: call.tool, input: call.input } : { text });
    if (!call) return turns;
    callIds.push(call.id);
  }
}

test('looks around, works, hands in what the command printed, and stops', () => {
  const turns = play([task], 'Say it back with the code 77.\n\nSee `/app/order.json`.');
  expect(turns.map(({ tool }) => tool)).toEqual([
    'clawbench_exec',
    'clawbench_exec',
    'clawbench_exec',
    'clawbench_exec',
    'clawbench_submit_answer',
    undefined,
  ]);
  expect(turns[1]?.input).toEqual({ command: 'head -n 40 /app/order.json 2>/dev/null || true' });
  expect(turns[2]?.input).toMatchObject({ command: expect.stringContaining('echo hi > /app/answer.txt') });
  expect(turns[4]?.input).toEqual({ answer: 'hi 0123' });
});

test('a hasty way skips the look around, and a long one is written to files', () => {
  const long: ScriptedTask = {
    instruction: 'Another task.',
    files: [
      { path: 'service.py', text: 'print()' },
      { path: 'solve.sh', text: `true\n${'# long\n'.repeat(200)}` },
    ],
    answerPath: null,
    hasty: true,
  };
  const turns = play([task, long], 'Another task.');
  expect(turns.map(({ tool }) => tool)).toEqual([
    'clawbench_write_file',
    'clawbench_write_file',
    'clawbench_exec',
    undefined,
  ]);
  expect(turns[2]?.input).toEqual({ command: 'bash /tmp/steps/solve.sh' });
});

test('says so when a task is not in the script', () => {
  expect(play([task], 'Something else')).toEqual([
    { text: 'I am a scripted model, and this task is not in my script.' },
  ]);
  expect(taskMarker(task.instruction)).toBe('Say it back with the code');
});
