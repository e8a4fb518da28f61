import { z } from 'zod';
import { ClawBenchError } from '../domain/errors.ts';
import { ToolCallLedger, type ToolCallDeps } from './tool-calls.ts';
import type {
  ExecAnswer,
  ExecCall,
  ReadFileAnswer,
  ReadFileCall,
  SubmitAnswer,
  ToolCallKey,
  ToolDesk,
  TrialScope,
  WriteFileAnswer,
  WriteFileCall,
} from './tool-desk.ts';
import { encodeFilePiece, excerptOutput } from './tool-output.ts';
import { resolveToolPath } from './tool-paths.ts';

const defaultTimeoutMs = 120_000;
/** Bytes of output read from the sandbox; what is shown of them is less. */
const capturedBytes = 4 * 1024 * 1024;
const shownStdoutBytes = 32 * 1024;
const shownStderrBytes = 16 * 1024;
const defaultReadBytes = 64 * 1024;
/** Even when every byte becomes a six-character JSON escape, the stored result stays under the store's 1 MiB. */
const maxReadBytes = 128 * 1024;

const execAnswerSchema: z.ZodType<ExecAnswer> = z.strictObject({
  ending: z.enum(['exited', 'timed-out']),
  exitCode: z.number().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  droppedBytes: z.number(),
  durationMs: z.number(),
});
const readFileAnswerSchema: z.ZodType<ReadFileAnswer> = z.strictObject({
  path: z.string(),
  content: z.string(),
  encoding: z.enum(['utf-8', 'base64']),
  size: z.number(),
  nextOffset: z.number().nullable(),
});
const writeFileAnswerSchema: z.ZodType<WriteFileAnswer> = z.strictObject({
  path: z.string(),
  bytesWritten: z.number(),
});
const submitAnswerSchema: z.ZodType<SubmitAnswer> = z.strictObject({ accepted: z.literal(true) });

/** The tools of a trial's agent, deduplicated, confined and capped. */
export function createToolDesk(deps: ToolCallDeps): ToolDesk {
  return new TrialTools(deps);
}

class TrialTools implements ToolDesk {
  readonly #deps: ToolCallDeps;
  readonly #ledger: ToolCallLedger;
  /** The answer each agent phase has handed in. */
  readonly #answers = new WeakMap<AbortSignal, string>();

  constructor(deps: ToolCallDeps) {
    this.#deps = deps;
    this.#ledger = new ToolCallLedger(deps);
  }

  exec(scope: TrialScope, key: ToolCallKey, call: ExecCall): Promise<ExecAnswer> {
    return this.#ledger.answer(scope, key, {
      tool: 'exec',
      arguments: { ...call },
      answer: execAnswerSchema,
      work: () => this.#exec(scope, key.clientCallId, call),
    });
  }

  readFile(scope: TrialScope, key: ToolCallKey, call: ReadFileCall): Promise<ReadFileAnswer> {
    return this.#ledger.answer(scope, key, {
      tool: 'read_file',
      arguments: { ...call },
      answer: readFileAnswerSchema,
      work: () => readPiece(scope, call),
    });
  }

  writeFile(scope: TrialScope, key: ToolCallKey, call: WriteFileCall): Promise<WriteFileAnswer> {
    return this.#ledger.answer(scope, key, {
      tool: 'write_file',
      arguments: { ...call },
      answer: writeFileAnswerSchema,
      work: async () => {
        const path = resolveToolPath(call.path, scope.task.environment.workdir);
        const bytes = new TextEncoder().encode(call.content);
        await scope.session.writeFile(path, bytes);
        return { path, bytesWritten: bytes.length };
      },
    });
  }

  submitAnswer(scope: TrialScope, key: ToolCallKey, answer: string): Promise<SubmitAnswer> {
    return this.#ledger.answer(scope, key, {
      tool: 'submit_answer',
      arguments: { answer },
      answer: submitAnswerSchema,
      work: () => this.#submit(scope, answer),
    });
  }

  async #exec(scope: TrialScope, callId: string, call: ExecCall): Promise<ExecAnswer> {
    const { workdir } = scope.task.environment;
    const result = await scope.session.exec({
      command: call.command,
      ...(call.cwd === undefined ? {} : { cwd: resolveToolPath(call.cwd, workdir) }),
      timeoutMs: Math.min(call.timeoutMs ?? defaultTimeoutMs, scope.task.agentTimeoutMs),
      maxOutputBytes: capturedBytes,
      signal: scope.signal,
    });
    if (result.ending === 'aborted') throw await this.#ledger.phaseOver(scope);
    const stdout = excerptOutput(result.stdout, shownStdoutBytes);
    const stderr = excerptOutput(result.stderr, shownStderrBytes);
    const droppedBytes = result.droppedBytes + stdout.leftOutBytes + stderr.leftOutBytes;
    if (droppedBytes > 0) {
      const keptBytes = result.stdout.length + result.stderr.length + result.droppedBytes - droppedBytes;
      await this.#deps.trials.advance(scope.lease, undefined, {}, [
        { at: this.#deps.clock.now(), event: { type: 'output-truncated', callId, keptBytes, droppedBytes } },
      ]);
    }
    return {
      ending: result.ending,
      exitCode: result.exitCode,
      stdout: stdout.text + notKeptNote(result.droppedBytes),
      stderr: stderr.text,
      droppedBytes,
      durationMs: result.durationMs,
    };
  }

  async #submit(scope: TrialScope, answer: string): Promise<SubmitAnswer> {
    const { answerPath } = scope.task;
    if (answerPath === null) {
      throw new ClawBenchError(
        'unsupported',
        'this task takes no answer: it is judged by the files you leave',
        {
          hint: 'Do what the instruction says in the sandbox, then stop.',
        },
      );
    }
    const accepted = this.#answers.get(scope.signal);
    if (accepted === answer) return { accepted: true };
    if (accepted !== undefined) {
      throw new ClawBenchError('conflict', 'a different answer was accepted before and stays the answer', {
        hint: 'An answer cannot be changed. You are done.',
      });
    }
    this.#answers.set(scope.signal, answer);
    try {
      await scope.session.writeFile(answerPath, new TextEncoder().encode(answer));
    } catch (thrown) {
      this.#answers.delete(scope.signal);
      throw thrown;
    }
    return { accepted: true };
  }
}

async function readPiece(scope: TrialScope, call: ReadFileCall): Promise<ReadFileAnswer> {
  const path = resolveToolPath(call.path, scope.task.environment.workdir);
  const offset = call.offset ?? 0;
  const maxBytes = Math.min(call.limit ?? defaultReadBytes, maxReadBytes);
  const { bytes, size } = await scope.session.readFile(path, { offset, maxBytes });
  const atEnd = offset + bytes.length >= size;
  const { content, encoding, usedBytes } = encodeFilePiece(bytes, atEnd);
  const next = offset + usedBytes;
  return { path, content, encoding, size, nextOffset: next < size && usedBytes > 0 ? next : null };
}

function notKeptNote(droppedBytes: number): string {
  if (droppedBytes === 0) return '';
  return `\n[… the command went on for ${droppedBytes} more bytes that were not kept; write long output to a file …]\n`;
}
