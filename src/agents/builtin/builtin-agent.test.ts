import { afterEach, expect, test } from 'vitest';
import { startAgentTrial, type AgentTrial } from '../../../tests/world/agent-trial.ts';
import { startGatewayWorld, vendorKey, type GatewayWorld } from '../../../tests/world/gateway.ts';
import { startScriptedModel } from '../../models/scripted/scripted-model.ts';
import type { ScriptedTask } from '../../models/scripted/script.ts';
import type { GrantRequest, ModelGrant } from '../../models/model-gateway.ts';
import type { AgentContext, AgentEvent } from '../agent-driver.ts';
import { describeAgentDriver, type AgentDriverCase } from '../agent-driver.contract.ts';
import { createBuiltinAgent } from './builtin-agent.ts';

const task: ScriptedTask = {
  instruction: 'Write the word ready to `/app/answer.txt`, with code {{nonce}}.',
  files: [
    { path: 'solve.sh', text: 'touch done\n' },
    { path: 'note.txt', text: 'a\u001b[31m note' },
  ],
  answerPath: '/app/README.md',
  hasty: false,
};
const instruction = task.instruction.replace('{{nonce}}', 'abcd');

interface Scene extends AgentDriverCase {
  readonly trial: AgentTrial;
  readonly world: GatewayWorld;
  readonly grant: ModelGrant;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

let made = 0;
const ids = { next: () => `ID${(made += 1)}` };

/** The built-in agent before the gateway, a scripted model and a fake sandbox with its tools. */
async function scene(
  provider: 'anthropic' | 'openai' | 'scripted',
  overrides: Parameters<typeof startAgentTrial>[0] = {},
  grantRequest: Partial<GrantRequest> = {},
): Promise<Scene> {
  const model = await startScriptedModel({ tasks: [task] });
  const world = await startGatewayWorld({ url: model.url, provider });
  const grant = world.grant(grantRequest);
  const access = { model: { provider, id: world.modelId }, baseUrl: grant.baseUrl, token: grant.token };
  const trial = await startAgentTrial({ instruction, model: access, ...overrides });
  return {
    driver: createBuiltinAgent({ ids, wait: async () => undefined }),
    context: trial.context,
    secrets: [grant.token, vendorKey],
    trial,
    world,
    grant,
    close: async () => {
      await world.gateway.close();
      await model.close();
    },
  };
}

async function opened(...given: Parameters<typeof scene>): Promise<Scene> {
  const one = await scene(...given);
  open.push(one);
  return one;
}

async function run({ driver, context }: Pick<AgentDriverCase, 'driver' | 'context'>): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of driver.run(context)) events.push(event);
  return events;
}

describeAgentDriver('builtin', {
  finishing: (signal) => scene('scripted', { signal }),
  endless: async (signal) => {
    const one = await scene('scripted', { signal });
    one.trial.faults.exec = 'hang';
    return one;
  },
  broken: async (signal) => {
    const one = await scene('scripted', { signal });
    one.trial.faults.exec = 'unavailable';
    return one;
  },
  lacking: (signal) => scene('scripted', { signal, model: null }),
});

test.each(['anthropic', 'openai', 'scripted'] as const)(
  'solves a task over the wire of %s',
  async (provider) => {
    const one = await opened(provider);
    const events = await run(one);
    expect(events.at(-1)).toEqual({
      type: 'agent-end',
      ending: { kind: 'finished', detail: 'The task is done and checked.' },
      turns: 8,
    });
    const { toolCalls } = one.trial;
    expect(toolCalls.map(({ tool }) => tool)).toEqual([
      'clawbench_exec',
      'clawbench_exec',
      'clawbench_write_file',
      'clawbench_write_file',
      'clawbench_exec',
      'clawbench_exec',
      'clawbench_submit_answer',
    ]);
    for (const call of toolCalls) expect(call.arguments).toMatchObject({ run_id: 'RUN', trial_id: 'TRIAL' });
    const callIds = toolCalls.map((call) => call.arguments['client_call_id']);
    expect(new Set(callIds).size).toBe(7);
    expect(callIds).toEqual(events.flatMap((event) => (event.type === 'tool-called' ? [event.callId] : [])));
    expect(toolCalls.at(-1)?.arguments['answer']).toBe('Read me first.');
    expect(events.filter(({ type }) => type === 'agent-text').length).toBeGreaterThanOrEqual(8);
    expect(JSON.stringify(events)).toContain(String.raw`\\u001b[31m note`);

    expect(one.world.store.calls).toHaveLength(8);
    const inputs = one.world.store.calls.map(({ inputTokens }) => inputTokens);
    expect(inputs).toEqual([...inputs].sort((a, b) => a - b));
    expect(one.grant.spend()).toMatchObject({ calls: 8 });
    expect(one.grant.spend().cost).toSatisfy((cost: number) =>
      provider === 'scripted' ? cost === 0 : cost > 0,
    );
    expect(one.world.log.lines).toEqual([]);
    expect(one.trial.connections()).toBe(0);
  },
);

test('many trials at once do not mix', async () => {
  const one = await opened('scripted');
  const trials = await Promise.all(
    Array.from({ length: 6 }, () => startAgentTrial({ instruction, model: one.context.model })),
  );
  const ends = await Promise.all(
    trials.map(async ({ context }) => (await run({ driver: one.driver, context })).at(-1)),
  );
  expect(ends.every((end) => end?.type === 'agent-end' && end.ending.kind === 'finished')).toBe(true);
  expect(trials.map(({ toolCalls }) => toolCalls.length)).toEqual(Array(6).fill(7));
});

const limits = { agentTimeoutMs: 60_000, maxTurns: 60, maxTokens: 1e9, maxCost: 1e9 };

test.each([
  { limit: 'turns', given: { limits: { ...limits, maxTurns: 3 } }, granted: {} },
  { limit: 'turns', given: {}, granted: { limits: { ...limits, maxTurns: 3 } } },
  { limit: 'tokens', given: {}, granted: { limits: { ...limits, maxTokens: 2500 } } },
  { limit: 'cost', given: {}, granted: { limits: { ...limits, maxCost: 2000 } } },
] satisfies { limit: string; given: Partial<AgentContext>; granted: Partial<GrantRequest> }[])(
  'stops at the limit of $limit',
  async ({ limit, given, granted }) => {
    for (const provider of ['anthropic', 'openai'] as const) {
      const one = await opened(provider, given, granted);
      const end = (await run(one)).at(-1);
      expect(end).toMatchObject({ type: 'agent-end', ending: { kind: 'limited', limit } });
      expect(one.trial.toolCalls.length).toBeLessThan(7);
    }
  },
);

test('stops at the deadline by itself, as a limit', async () => {
  const one = await opened('scripted', { deadline: Date.now() + 300 });
  one.trial.faults.exec = 'hang';
  const startedAt = performance.now();
  const end = (await run(one)).at(-1);
  expect(end).toMatchObject({ ending: { kind: 'limited', limit: 'wall-time' } });
  expect(performance.now() - startedAt).toBeLessThan(3000);
});
