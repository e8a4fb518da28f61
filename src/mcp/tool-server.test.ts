import { Client } from '@modelcontextprotocol/client';
import { afterEach, expect, test } from 'vitest';
import { countingIds, KeptControlPlane, KeptLog, KeptToolCalls } from '../../tests/world/edge-doubles.ts';
import { sampleRunId, sampleTrial, sampleTrialId } from '../../tests/world/sample-run.ts';
import { openScope, sampleClock, sampleTask } from '../../tests/world/sample-scope.ts';
import type { ToolServer } from '../control-plane/tool-desk.ts';
import { createToolDesk } from '../control-plane/trial-tools.ts';
import { createOperations } from '../operations/operations.ts';
import { createToolServer } from './tool-server.ts';

const call = (client_call_id: string) => ({
  run_id: sampleRunId,
  trial_id: sampleTrialId(1),
  client_call_id,
});

const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function connectAgent() {
  const log = new KeptLog();
  const world = await openScope(({ command }) =>
    command === 'cat' ? { exitCode: 1, stderr: 'no such file' } : { exitCode: 0, stdout: `ran ${command}` },
  );
  const desk = createToolDesk({
    toolCalls: new KeptToolCalls(),
    trials: {
      get: async () => sampleTrial(1, sampleTask.id, 'verifying'),
      advance: async () => undefined,
    },
    clock: sampleClock,
    log,
  });
  const operations = createOperations({ controlPlane: new KeptControlPlane(), desk, ids: countingIds() });
  const server: ToolServer = createToolServer({ operations, log, name: 'clawbench', version: '0.0.0' });
  const client = new Client({ name: 'test-agent', version: '1' });
  await client.connect(await server.connect(world.scope));
  clients.push(client);
  return { ...world, client, server, log };
}

test('an agent sees exactly the tools of its trial, strict and annotated', async () => {
  const { client } = await connectAgent();
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual([
    'clawbench_exec',
    'clawbench_read_file',
    'clawbench_write_file',
    'clawbench_submit_answer',
  ]);
  for (const tool of tools) {
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(tool.inputSchema.required).toEqual(
      expect.arrayContaining(['run_id', 'trial_id', 'client_call_id']),
    );
    expect(tool.outputSchema).toMatchObject({ type: 'object' });
    expect(tool.description?.length).toBeGreaterThan(60);
  }
  expect(tools[0]?.annotations).toEqual({
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: false,
  });
  expect(client.getInstructions()).toContain(sampleRunId);
});

test('a result comes as text and as data; a failing command is a result', async () => {
  const { client } = await connectAgent();
  const ok = await client.callTool({ name: 'clawbench_exec', arguments: { ...call('1'), command: 'ls' } });
  expect(ok.isError).toBeFalsy();
  expect(ok.structuredContent).toMatchObject({ exit_code: 0, stdout: 'ran ls', ending: 'exited' });
  expect(ok.content).toEqual([
    { type: 'text', text: expect.stringMatching(/^exit code 0 after .*\n--- stdout\nran ls$/) },
  ]);
  const failed = await client.callTool({
    name: 'clawbench_exec',
    arguments: { ...call('2'), command: 'cat' },
  });
  expect(failed.isError).toBeFalsy();
  expect(failed.structuredContent).toMatchObject({ exit_code: 1, stderr: 'no such file' });
});

test('files and the answer go through', async () => {
  const { client } = await connectAgent();
  await client.callTool({
    name: 'clawbench_write_file',
    arguments: { ...call('1'), path: 'a.txt', content: 'hello' },
  });
  const read = await client.callTool({
    name: 'clawbench_read_file',
    arguments: { ...call('2'), path: 'a.txt' },
  });
  expect(read.content).toEqual([{ type: 'text', text: 'hello' }]);
  const answered = await client.callTool({
    name: 'clawbench_submit_answer',
    arguments: { ...call('3'), answer: '42' },
  });
  expect(answered.structuredContent).toEqual({ accepted: true });
});

test.each([
  [{ ...call('1') }, /command/],
  [{ ...call('1'), command: 'ls', shell: 'zsh' }, /shell/],
  [{ ...call('1'), command: 'ls', timeout_ms: 'soon' }, /timeout_ms/],
  [{ command: 'ls' }, /run_id.*trial_id.*client_call_id/],
  [{ ...call('a b'), command: 'ls' }, /client_call_id/],
])('wrong arguments %# are refused with the fields named', async (wrong, named) => {
  const { client } = await connectAgent();
  const result = await client.callTool({ name: 'clawbench_exec', arguments: wrong });
  expect(result.isError).toBe(true);
  expect(result.content).toEqual([
    { type: 'text', text: expect.stringMatching(/^error invalid-input: [^]*\nhint: Fields: run_id/) },
  ]);
  expect(JSON.stringify(result.content)).toMatch(named);
});

test('refusals carry a code and a hint; nobody else’s trial is served', async () => {
  const { client, phase } = await connectAgent();
  const closed = await client.callTool({
    name: 'clawbench_read_file',
    arguments: { ...call('1'), path: '/tests/x' },
  });
  expect(closed.content).toEqual([
    { type: 'text', text: expect.stringMatching(/^error forbidden: .*\nhint: /) },
  ]);
  const other = await client.callTool({
    name: 'clawbench_exec',
    arguments: { ...call('2'), trial_id: sampleTrialId(7), command: 'ls' },
  });
  expect(JSON.stringify(other.content)).toContain('error not-found');
  phase.abort();
  const late = await client.callTool({ name: 'clawbench_exec', arguments: { ...call('3'), command: 'ls' } });
  expect(JSON.stringify(late.content)).toContain('the trial is verifying');
});

test('a call repeated over a new connection gives the first result', async () => {
  const { client, server, scope } = await connectAgent();
  const request = {
    name: 'clawbench_write_file',
    arguments: { ...call('1'), path: 'a.txt', content: 'one' },
  };
  const first = await client.callTool(request);
  await client.close();
  const again = new Client({ name: 'test-agent', version: '1' });
  await again.connect(await server.connect(scope));
  clients.push(again);
  expect((await again.callTool(request)).structuredContent).toEqual(first.structuredContent);
});
