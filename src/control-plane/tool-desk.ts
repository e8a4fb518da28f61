import type { Transport } from '@modelcontextprotocol/client';
import type { Lease } from '../domain/lease.ts';
import type { Task } from '../domain/task.ts';
import type { SandboxSession } from '../sandboxes/sandbox.ts';

/** A trial whose agent may call tools now: what a tool call is checked against and works on. */
export interface TrialScope {
  readonly lease: Lease;
  readonly task: Task;
  readonly instruction: string;
  readonly session: SandboxSession;
  /** Aborted when the agent phase ends; tool calls in flight end with it. One signal is one agent phase. */
  readonly signal: AbortSignal;
}

/** Serves the run-scoped tools of one trial; implemented by `src/mcp`, wired in `src/main`. */
export interface ToolServer {
  /** A fresh in-memory connection of an MCP client to the tools of `scope`. Closing it ends the server's side. */
  connect(scope: TrialScope): Promise<Transport>;
}

/** Which call of which trial a caller says it makes. */
export interface ToolCallKey {
  readonly runId: string;
  readonly trialId: string;
  /** Equal ids within one agent phase are the same call. */
  readonly clientCallId: string;
}

export interface ExecCall {
  readonly command: string;
  readonly cwd?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface ReadFileCall {
  readonly path: string;
  /** Bytes. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

export interface WriteFileCall {
  readonly path: string;
  readonly content: string;
}

/**
 * The one implementation of the run-scoped tools, whatever edge a call comes through.
 * Every method resolves to the first result when the same call is made again and rejects with ClawBenchError:
 * `not-found` (another run or trial), `conflict` (the agent phase is over; an answer was accepted already),
 * `dedupe-conflict` (the id was used for something else), `forbidden` or `invalid-input` (a path),
 * `unsupported`, `limit-reached`, `unavailable` (the sandbox is gone).
 */
export interface ToolDesk {
  exec(scope: TrialScope, key: ToolCallKey, call: ExecCall): Promise<ExecAnswer>;
  readFile(scope: TrialScope, key: ToolCallKey, call: ReadFileCall): Promise<ReadFileAnswer>;
  writeFile(scope: TrialScope, key: ToolCallKey, call: WriteFileCall): Promise<WriteFileAnswer>;
  submitAnswer(scope: TrialScope, key: ToolCallKey, answer: string): Promise<SubmitAnswer>;
}

/** How a command ended; long output is cut in the middle, and a note inside the text says so. */
export interface ExecAnswer {
  readonly ending: 'exited' | 'timed-out';
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes of output that are not in the answer. */
  readonly droppedBytes: number;
  readonly durationMs: number;
}

export interface ReadFileAnswer {
  readonly path: string;
  readonly content: string;
  readonly encoding: 'utf-8' | 'base64';
  /** Bytes of the whole file. */
  readonly size: number;
  /** Null at the end of the file. */
  readonly nextOffset: number | null;
}

export interface WriteFileAnswer {
  readonly path: string;
  readonly bytesWritten: number;
}

export interface SubmitAnswer {
  readonly accepted: true;
}
