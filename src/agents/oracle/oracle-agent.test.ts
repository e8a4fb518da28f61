import { expect, test } from 'vitest';
import { startAgentTrial, type AgentTrial } from '../../../tests/world/agent-trial.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { FakeInterpreter } from '../../sandboxes/fake/fake-command.ts';
import type { AgentContext, AgentEvent } from '../agent-driver.ts';
import { describeAgentDriver, type AgentDriverCase } from '../agent-driver.contract.ts';
import { createOracleAgent } from './oracle-agent.ts';

const solution = async () => [{ path: 'solve.sh', bytes: new TextEncoder().encode('#!/bin/bash\n') }];

function caseOf(context: AgentContext): AgentDriverCase {
  return { driver: createOracleAgent(), context, secrets: [], close: async () => undefined };
}

async function trialWith(signal: AbortSignal, exec?: AgentTrial['faults']['exec']): Promise<AgentDriverCase> {
  const trial = await startAgentTrial({ signal, solution });
  trial.faults.exec = exec;
  return caseOf(trial.context);
}

describeAgentDriver('oracle', {
  finishing: (signal) => trialWith(signal),
  endless: (signal) => trialWith(signal, 'hang'),
  broken: (signal) => trialWith(signal, 'unavailable'),
  lacking: async (signal) => caseOf((await startAgentTrial({ signal })).context),
});

async function lastOf(context: AgentContext): Promise<AgentEvent | undefined> {
  let last: AgentEvent | undefined;
  for await (const event of createOracleAgent().run(context)) last = event;
  return last;
}

async function contextWith(
  interpreter: FakeInterpreter,
  overrides: Partial<AgentContext> = {},
): Promise<AgentContext> {
  const trial = await startAgentTrial({ solution, interpreter, ...overrides });
  return trial.context;
}

test('runs solve.sh of the uploaded solution as the agent’s user', async () => {
  const commands: { command: string; user: string; script: string | undefined }[] = [];
  const context = await contextWith(({ command, user, files }) => {
    commands.push({ command, user, script: files.text('/solution/solve.sh') });
    return { exitCode: 0 };
  });
  expect(await lastOf(context)).toMatchObject({ ending: { kind: 'finished' } });
  expect(commands).toEqual([{ command: 'bash /solution/solve.sh', user: 'agent', script: '#!/bin/bash\n' }]);
});

test('uses a folder the agent’s user may write when the usual one is not', async () => {
  const commands: string[] = [];
  const context = await contextWith(({ command }) => {
    commands.push(command);
    return { exitCode: 0 };
  });
  const { session } = context;
  const confined = {
    ...context,
    session: {
      exec: session.exec.bind(session),
      readFile: session.readFile.bind(session),
      writeFile: session.writeFile.bind(session),
      download: session.download.bind(session),
      upload: async (root: string, files: Parameters<typeof session.upload>[1]) => {
        if (root === '/solution') throw new ClawBenchError('forbidden', 'not yours');
        await session.upload(root, files);
      },
    },
  };
  expect(await lastOf(confined)).toMatchObject({ ending: { kind: 'finished' } });
  expect(commands).toEqual(['bash /tmp/clawbench-solution/solve.sh']);
});

test('a solution that fails is the agent’s failure, one that takes too long its limit', async () => {
  const failing = await contextWith(() => ({ exitCode: 3, stderr: 'no such file' }));
  expect(await lastOf(failing)).toMatchObject({ ending: { kind: 'failed', exitCode: 3 } });
  const slow = await contextWith(({ signal }) => untilAborted(signal), { deadline: Date.now() + 50 });
  expect(await lastOf(slow)).toMatchObject({ ending: { kind: 'limited', limit: 'wall-time' } });
  const empty = await contextWith(() => ({ exitCode: 0 }), { solution: async () => [] });
  expect(await lastOf(empty)).toMatchObject({ ending: { kind: 'failed' } });
});

async function untilAborted(signal: AbortSignal): Promise<{ exitCode: number }> {
  const ended = Promise.withResolvers<{ exitCode: number }>();
  signal.addEventListener('abort', () => ended.resolve({ exitCode: 137 }));
  return ended.promise;
}
