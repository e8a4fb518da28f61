import { operations } from '../contract/operations.ts';
import type { ToolCallKey, ToolDesk } from '../control-plane/tool-desk.ts';
import { handleForTrial, type Handlers } from './handler.ts';

type ToolHandlers = Pick<Handlers, 'exec' | 'read_file' | 'write_file' | 'submit_answer'>;

/** The run-scoped tools, as the tool desk does them. */
export function createToolHandlers(desk: ToolDesk): ToolHandlers {
  return {
    exec: handleForTrial(operations.exec, async (scope, input) => {
      const { command, cwd, timeout_ms: timeoutMs } = input;
      const answer = await desk.exec(scope, keyOf(input), { command, cwd, timeoutMs });
      return {
        ending: answer.ending,
        exit_code: answer.exitCode,
        stdout: answer.stdout,
        stderr: answer.stderr,
        dropped_bytes: answer.droppedBytes,
        duration_ms: answer.durationMs,
      };
    }),
    read_file: handleForTrial(operations.read_file, async (scope, input) => {
      const { path, offset, limit } = input;
      const { nextOffset, ...piece } = await desk.readFile(scope, keyOf(input), { path, offset, limit });
      return { ...piece, next_offset: nextOffset };
    }),
    write_file: handleForTrial(operations.write_file, async (scope, input) => {
      const { path, content } = input;
      const written = await desk.writeFile(scope, keyOf(input), { path, content });
      return { path: written.path, bytes_written: written.bytesWritten };
    }),
    submit_answer: handleForTrial(operations.submit_answer, async (scope, input) =>
      desk.submitAnswer(scope, keyOf(input), input.answer),
    ),
  };
}

function keyOf(input: {
  readonly run_id: string;
  readonly trial_id: string;
  readonly client_call_id: string;
}): ToolCallKey {
  return { runId: input.run_id, trialId: input.trial_id, clientCallId: input.client_call_id };
}
