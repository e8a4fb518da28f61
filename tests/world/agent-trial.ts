import { InMemoryTransport, McpServer, type CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AgentContext } from '../../src/agents/agent-driver.ts';
import { defaultTrialLimits } from '../../src/domain/budget.ts';
import { ClawBenchError } from '../../src/domain/errors.ts';
import type { FakeFaults, FakeInterpreter } from '../../src/sandboxes/fake/fake-command.ts';
import { FakeSandboxProvider } from '../../src/sandboxes/fake/fake-sandbox-provider.ts';
import type { SandboxSession } from '../../src/sandboxes/sandbox.ts';

/** One call the tools of a trial received, with all its arguments. */
export interface ReceivedToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A trial in memory: a fake sandbox and its tools over MCP. */
export interface AgentTrial {
  readonly context: AgentContext;
  readonly session: SandboxSession;
  readonly toolCalls: readonly ReceivedToolCall[];
  readonly faults: FakeFaults;
  /** MCP servers that are connected now. */
  readonly connections: () => number;
}

const key = { run_id: z.string(), trial_id: z.string(), client_call_id: z.string() };
const decoder = new TextDecoder();

function say(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

/** Tools named and worded like the product's own, straight on a session. */
function serveTools(session: SandboxSession, signal: AbortSignal, received: ReceivedToolCall[]): McpServer {
  const server = new McpServer({ name: 'trial-tools', version: '1' });
  const add = <Input extends { readonly [name: string]: unknown }>(
    tool: string,
    inputSchema: z.ZodType<Input>,
    work: (input: Input) => Promise<string>,
  ): void => {
    // Like the product's server: the arguments are checked by the tool itself.
    const unchecked = { ...inputSchema['~standard'], validate: (value: unknown) => ({ value }) };
    const config = { description: `${tool} in the sandbox`, inputSchema: { '~standard': unchecked } };
    server.registerTool(tool, config, async (given: unknown): Promise<CallToolResult> => {
      const checked = inputSchema.safeParse(given);
      if (!checked.success) return { ...say(`error invalid-input: ${checked.error.message}`), isError: true };
      const { data } = checked;
      received.push({ tool, arguments: data });
      try {
        return say(await work(data));
      } catch (thrown) {
        const { code, message } = ClawBenchError.from(thrown);
        return { ...say(`error ${code}: ${message}`), isError: true };
      }
    });
  };
  add('clawbench_exec', z.strictObject({ ...key, command: z.string() }), async ({ command }) => {
    const result = await session.exec({ command, timeoutMs: 60_000, maxOutputBytes: 1_000_000, signal });
    return `exit code ${result.exitCode} after 0.01 s\n--- stdout\n${decoder.decode(result.stdout)}`;
  });
  add('clawbench_read_file', z.strictObject({ ...key, path: z.string() }), async ({ path }) =>
    decoder.decode((await session.readFile(path, { maxBytes: 100_000 })).bytes),
  );
  add(
    'clawbench_write_file',
    z.strictObject({ ...key, path: z.string(), content: z.string() }),
    async ({ path, content }) => {
      await session.writeFile(path, new TextEncoder().encode(content));
      return `wrote ${content.length} bytes to ${path}`;
    },
  );
  add('clawbench_submit_answer', z.strictObject({ ...key, answer: z.string() }), async ({ answer }) => {
    await session.writeFile('/app/answer.txt', new TextEncoder().encode(answer));
    return 'The answer is accepted and final.';
  });
  return server;
}

/** A little shell: `ls`, `cat FILE`, and whatever else ends well and says nothing. */
function playShell({ command, files }: Parameters<FakeInterpreter>[0]): ReturnType<FakeInterpreter> {
  if (command.startsWith('ls')) {
    const names = files.below('/app').map(([path]) => path.slice(5));
    return { exitCode: 0, stdout: names.join('\n') };
  }
  const path = /^cat (\S+)$/.exec(command)?.[1];
  const text = path === undefined ? undefined : files.text(path);
  return path !== undefined && text === undefined
    ? { exitCode: 1, stderr: `cat: ${path}: No such file` }
    : { exitCode: 0, stdout: text ?? '' };
}

export async function startAgentTrial(
  given: Partial<AgentContext> & { readonly interpreter?: FakeInterpreter } = {},
): Promise<AgentTrial> {
  const { interpreter = playShell, ...overrides } = given;
  const clock = { now: () => Date.now() };
  const provider = new FakeSandboxProvider({
    clock,
    interpreter,
    imageFiles: { '/app/README.md': 'Read me first.\n' },
  });
  const sandbox = await provider.create({
    image: await provider.pullImage('clawbench-base', () => undefined),
    owner: { instance: 'test', runId: 'RUN', trialId: 'TRIAL', leaseToken: 1 },
    cpus: 1,
    memoryMb: 256,
    pids: 64,
    network: { mode: 'none' },
    env: {},
    workdir: '/app',
    agentUser: 'agent',
    endpoints: [],
  });
  const session = sandbox.session();
  const signal = overrides.signal ?? new AbortController().signal;
  const toolCalls: ReceivedToolCall[] = [];
  let connections = 0;
  const tools = async () => {
    const server = serveTools(session, signal, toolCalls);
    const [agentSide, serverSide] = InMemoryTransport.createLinkedPair();
    Object.assign(server.server, { onclose: () => void (connections -= 1) });
    await server.connect(serverSide);
    connections += 1;
    return agentSide;
  };
  const context: AgentContext = {
    runId: 'RUN',
    trialId: 'TRIAL',
    taskId: 'a-task',
    instruction: 'Do the task.',
    limits: defaultTrialLimits,
    deadline: Date.now() + 60_000,
    clock,
    session,
    model: null,
    tools,
    solution: null,
    signal,
    ...overrides,
  };
  return { context, session, toolCalls, faults: provider.faults, connections: () => connections };
}
