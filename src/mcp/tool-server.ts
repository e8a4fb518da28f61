import { InMemoryTransport, McpServer, type CallToolResult } from '@modelcontextprotocol/server';
import {
  operationNames,
  operations,
  type OperationName,
  type OperationOutput,
  type OperationRow,
  type ToolOperationName,
} from '../contract/operations.ts';
import { ClawBenchError, type ErrorCode } from '../domain/errors.ts';
import { mayUse, type Caller } from '../operations/caller.ts';
import type { Operations } from '../operations/operations.ts';
import type { Log } from '../telemetry/log.ts';
import { toolTexts } from './tool-text.ts';

type TrialCaller = Extract<Caller, { readonly kind: 'trial' }>;

/** What the MCP server says about itself, and what it works with. */
export interface McpOptions {
  readonly operations: Operations;
  readonly log: Log;
  readonly name: string;
  readonly version: string;
}

/**
 * Serves the run-scoped tools of one trial to an agent beside the sandbox.
 * `connect` gives a fresh in-memory connection for an MCP client; closing it ends the server's side.
 */
export function createToolServer(options: McpOptions): {
  readonly connect: (scope: TrialCaller['scope']) => Promise<InMemoryTransport>;
} {
  return {
    async connect(scope) {
      const server = buildMcpServer(options, { kind: 'trial', scope });
      const [agentSide, serverSide] = InMemoryTransport.createLinkedPair();
      await server.connect(serverSide);
      return agentSide;
    },
  };
}

/** An MCP server with exactly the tools `caller` may use. */
function buildMcpServer(options: McpOptions, caller: TrialCaller): McpServer {
  const { runId, trialId } = caller.scope.lease;
  const server = new McpServer(
    { name: options.name, version: options.version },
    {
      instructions: `You take part in a benchmark. Every tool call needs run_id ${runId}, trial_id ${trialId} and a client_call_id of your choice that is new for each new call. All tools work in the sandbox of your task and nowhere else.`,
    },
  );
  for (const name of operationNames) {
    if (isToolName(name) && mayUse(caller, operations[name].needs)) {
      registerTool(server, name, { options, caller });
    }
  }
  return server;
}

function isToolName(name: OperationName): name is ToolOperationName {
  return Object.hasOwn(toolTexts, name);
}

interface ToolContext {
  readonly options: McpOptions;
  readonly caller: Caller;
}

function registerTool(server: McpServer, name: ToolOperationName, context: ToolContext): void {
  const row: OperationRow & { readonly tool: string } = operations[name];
  server.registerTool(
    row.tool,
    {
      description: row.summary,
      // The operation itself checks the input: its refusal names the fields and says what to do.
      inputSchema: { '~standard': { ...row.input['~standard'], validate: (value: unknown) => ({ value }) } },
      outputSchema: row.output,
      annotations: {
        readOnlyHint: row.hints.readOnly,
        destructiveHint: row.hints.destructive,
        idempotentHint: row.hints.idempotent,
        openWorldHint: false,
      },
    },
    async (input: unknown): Promise<CallToolResult> => {
      try {
        const { output, text } = await callTool(name, input ?? {}, context);
        return { content: [{ type: 'text', text }], structuredContent: output };
      } catch (thrown) {
        return refusal(ClawBenchError.from(thrown), row.tool, context.options.log);
      }
    },
  );
}

async function callTool<Name extends ToolOperationName>(
  name: Name,
  input: unknown,
  context: ToolContext,
): Promise<{ readonly output: OperationOutput<Name>; readonly text: string }> {
  const output = await context.options.operations.call(name, context.caller, input);
  return { output, text: toolTexts[name](output) };
}

/** Codes whose message may speak of this host; a model gets none of it and could do nothing with it. */
const opaqueCodes: ReadonlySet<ErrorCode> = new Set(['internal', 'unavailable', 'lease-lost']);

/** A tool error a model can act on; what is our fault stays in the log. */
function refusal(error: ClawBenchError, tool: string, log: Log): CallToolResult {
  const opaque = opaqueCodes.has(error.code);
  if (opaque) log.warn('a tool failed', { tool, code: error.code, error: error.message, cause: error.cause });
  const message = opaque ? 'the tool failed; this is not your fault' : error.message;
  const hint = error.hint && !opaque ? `\nhint: ${error.hint}` : '';
  return { content: [{ type: 'text', text: `error ${error.code}: ${message}${hint}` }], isError: true };
}
