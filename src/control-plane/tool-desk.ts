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
  /** Aborted when the agent phase ends; tool calls in flight end with it. */
  readonly signal: AbortSignal;
}

/** Serves the run-scoped tools of one trial; implemented by `src/mcp`, wired in `src/main`. */
export interface ToolServer {
  /** A fresh in-memory connection of an MCP client to the tools of `scope`. Closing it ends the server's side. */
  connect(scope: TrialScope): Promise<Transport>;
}
