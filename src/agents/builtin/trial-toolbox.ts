import { Client, ProtocolError, type CallToolResult, type Transport } from '@modelcontextprotocol/client';
import { jsonSchema, tool, type JSONSchema7, type ToolSet } from 'ai';
import { z } from 'zod';
import { ClawBenchError } from '../../domain/errors.ts';
import type { AgentContext } from '../agent-driver.ts';

/** Arguments every run-scoped tool needs and that the driver knows: the model neither sees nor chooses them. */
const callArguments = new Set(['run_id', 'trial_id', 'client_call_id']);

const handshakeTimeoutMs = 30_000;

/** What a tool call came to, for the model. */
export interface ToolAnswer {
  readonly text: string;
  readonly failed: boolean;
  /** The call itself was wrong: unknown tool or arguments the tool does not take. */
  readonly malformed: boolean;
}

const objectArguments = z.record(z.string(), z.unknown());

function isJsonSchema(value: unknown): value is JSONSchema7 {
  return typeof value === 'object' && value !== null;
}

/** The schema a model is shown: without the arguments the driver fills in, and the dialect vendors do not ask for. */
function withoutCallArguments(schema: unknown): JSONSchema7 {
  const {
    properties,
    required,
    $schema: _,
    ...rest
  } = z
    .looseObject({ properties: objectArguments.optional(), required: z.array(z.string()).optional() })
    .parse(schema);
  const shown: unknown = {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties ?? {}).filter(([name]) => !callArguments.has(name)),
    ),
    required: (required ?? []).filter((name) => !callArguments.has(name)),
  };
  return isJsonSchema(shown) ? shown : {};
}

function textOf(result: CallToolResult): string {
  const texts = result.content.map((block) =>
    block.type === 'text' ? block.text : `[${block.type} that cannot be shown]`,
  );
  if (texts.length > 0) return texts.join('\n');
  return result.structuredContent === undefined
    ? '(no output)'
    : JSON.stringify(result.structuredContent, null, 1);
}

/** The trial's tools over one MCP connection. Whoever opened it must close it. */
export class TrialToolbox {
  /** For the model: descriptions and schemas only; the driver makes the calls. */
  readonly tools: ToolSet;
  readonly #client: Client;
  readonly #context: AgentContext;

  private constructor(client: Client, context: AgentContext, tools: ToolSet) {
    this.#client = client;
    this.#context = context;
    this.tools = tools;
  }

  /** @throws ClawBenchError `unavailable` when the tools cannot be reached. */
  static async open(context: AgentContext, signal: AbortSignal): Promise<TrialToolbox> {
    const client = new Client({ name: 'clawbench-builtin', version: '1' });
    let transport: Transport | undefined;
    try {
      transport = await context.tools();
      await client.connect(transport, { signal, timeout: handshakeTimeoutMs });
      const listed = await client.listTools(undefined, { signal, timeout: handshakeTimeoutMs });
      const tools: ToolSet = {};
      for (const { name, description, inputSchema } of listed.tools) {
        tools[name] = tool({
          description: description ?? name,
          inputSchema: jsonSchema(withoutCallArguments(inputSchema)),
        });
      }
      return new TrialToolbox(client, context, tools);
    } catch (error) {
      await transport?.close();
      throw new ClawBenchError('unavailable', 'the tools of the trial cannot be reached', { cause: error });
    }
  }

  /**
   * Makes one call; what is wrong with it, or what the tool refused, is the answer.
   * @throws ClawBenchError `unavailable` when the sandbox or the tools are gone, and when `signal` is aborted.
   */
  async call(
    name: string,
    input: unknown,
    call: { readonly clientCallId: string; readonly signal: AbortSignal },
  ): Promise<ToolAnswer> {
    const { data: given } = objectArguments.safeParse(input);
    if (!given) return malformed('the arguments must be a JSON object');
    const { runId, trialId, deadline, clock } = this.#context;
    const named = { run_id: runId, trial_id: trialId, client_call_id: call.clientCallId };
    try {
      const result = await this.#client.callTool(
        { name, arguments: { ...given, ...named } },
        { signal: call.signal, timeout: Math.max(1000, deadline - clock.now() + 1000) },
      );
      return readResult(result);
    } catch (error) {
      if (error instanceof ClawBenchError) throw error;
      // The server answered, so it is the call that was wrong.
      if (error instanceof ProtocolError) return malformed(error.message);
      throw new ClawBenchError('unavailable', 'the tools of the trial broke off', { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

function malformed(reason: string): ToolAnswer {
  return { text: `error invalid-input: ${reason}`, failed: true, malformed: true };
}

/** Tool errors begin with `error <code>:`; one code among them says that the sandbox, not the call, is broken. */
function readResult(result: CallToolResult): ToolAnswer {
  const text = textOf(result);
  if (!result.isError) return { text, failed: false, malformed: false };
  const code = /^error ([a-z-]+):/.exec(text)?.[1];
  if (code === 'unavailable') throw new ClawBenchError('unavailable', text.slice(0, 500));
  return { text, failed: true, malformed: code === 'invalid-input' };
}
