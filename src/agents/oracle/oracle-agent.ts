import { ClawBenchError } from '../../domain/errors.ts';
import type { ArchiveFile, ExecResult } from '../../sandboxes/sandbox.ts';
import type { AgentContext, AgentDriver, AgentEnding, AgentEvent } from '../agent-driver.ts';

/** Where the task format expects the solution; a user who may not write there gets the second folder. */
const folders = ['/solution', '/tmp/clawbench-solution'];

const maxOutputBytes = 64 * 1024;
const previewLength = 2000;

/** Applies a task's reference solution as the agent's user: proves that the task can be solved. */
export function createOracleAgent(): AgentDriver {
  return { id: 'oracle', needsModel: false, run: runOracle };
}

async function* runOracle(context: AgentContext): AsyncGenerator<AgentEvent> {
  const end = (ending: AgentEnding): AgentEvent => ({ type: 'agent-end', ending, turns: 0 });
  if (!context.solution)
    throw new ClawBenchError('unsupported', 'the oracle needs the reference solution of the task', {
      hint: 'It is given only while a bench pack is being checked: clawbench pack check.',
    });
  const files = await context.solution();
  if (!files.some(({ path }) => path === 'solve.sh')) {
    yield end({ kind: 'failed', detail: 'the reference solution has no solve.sh', exitCode: null });
    return;
  }
  const timeoutMs = context.deadline - context.clock.now();
  if (context.signal.aborted || timeoutMs <= 0) {
    yield end(timeoutMs <= 0 ? { kind: 'limited', limit: 'wall-time' } : { kind: 'aborted' });
    return;
  }
  const folder = await place(context, files);
  const command = `bash ${folder}/solve.sh`;
  yield { type: 'tool-called', callId: 'oracle-solve', tool: 'exec', input: JSON.stringify({ command }) };
  const { signal } = context;
  const result = await context.session.exec({ command, timeoutMs, maxOutputBytes, signal });
  yield {
    type: 'tool-returned',
    callId: 'oracle-solve',
    tool: 'exec',
    failed: result.exitCode !== 0,
    output: outputOf(result),
    durationMs: result.durationMs,
  };
  yield end(endingOf(result, context));
}

async function place(context: AgentContext, files: readonly ArchiveFile[]): Promise<string> {
  const [first = '', second = ''] = folders;
  try {
    await context.session.upload(first, files);
    return first;
  } catch (error) {
    if (ClawBenchError.from(error).code !== 'forbidden') throw error;
    await context.session.upload(second, files);
    return second;
  }
}

function outputOf({ stdout, stderr }: ExecResult): string {
  const text = Buffer.concat([stdout, stderr]).toString('utf8');
  return text.length <= previewLength ? text : `[… output begins earlier …]\n${text.slice(-previewLength)}`;
}

function endingOf(result: ExecResult, context: AgentContext): AgentEnding {
  if (result.ending === 'aborted' && context.clock.now() < context.deadline) return { kind: 'aborted' };
  if (result.ending !== 'exited') return { kind: 'limited', limit: 'wall-time' };
  const { exitCode } = result;
  if (exitCode === 0) return { kind: 'finished', detail: 'the reference solution was applied' };
  return { kind: 'failed', detail: `solve.sh ended with exit code ${exitCode}`, exitCode };
}
