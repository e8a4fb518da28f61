import { expect, test } from 'vitest';
import { startAgentTrial } from '../../../tests/world/agent-trial.ts';
import type { AgentEvent } from '../agent-driver.ts';
import { describeAgentDriver, type AgentDriverCase } from '../agent-driver.contract.ts';
import { createFakeAgent, type FakePlay } from './fake-agent.ts';

const end: AgentEvent = { type: 'agent-end', ending: { kind: 'finished', detail: 'played' }, turns: 1 };

async function playing(play: FakePlay, signal: AbortSignal): Promise<AgentDriverCase> {
  const trial = await startAgentTrial({ signal });
  return {
    driver: createFakeAgent(play),
    context: trial.context,
    secrets: [],
    close: async () => undefined,
  };
}

describeAgentDriver('fake', {
  finishing: (signal) => playing([{ type: 'turn-started', turn: 1 }, end], signal),
  endless: (signal) =>
    playing(async function* () {
      yield { type: 'turn-started', turn: 1 };
      await new Promise(() => undefined);
    }, signal),
  broken: async (signal) => {
    const trial = await startAgentTrial({ signal });
    trial.faults.exec = 'unavailable';
    const made = await playing(async function* ({ session }) {
      await session.exec({ command: 'true', timeoutMs: 1000, maxOutputBytes: 10 });
      yield end;
    }, signal);
    return { ...made, context: trial.context };
  },
  lacking: null,
});

test('plays what it was given, in order', async () => {
  const events: AgentEvent[] = [{ type: 'turn-started', turn: 1 }, { type: 'agent-text', text: 'a' }, end];
  const { driver, context } = await playing(events, new AbortController().signal);
  const seen: AgentEvent[] = [];
  for await (const event of driver.run(context)) seen.push(event);
  expect(seen).toEqual(events);
});
