import { describe, expect, test } from 'vitest';
import { endlessTasks, Scenario } from '../world/scenario-world.ts';

const command = '/clawbench run entry-test tasks=answer-echo,git-two-cooks';

/** Events that are told while the trial they belong to is still held. */
const cutsTrials: ReadonlySet<string> = new Set([
  'trial-leased',
  'sandbox-started',
  'tool-called',
  'sandbox-sealed',
  'verification-started',
]);

async function expectOneResult(scenario: Scenario, asked: number): Promise<readonly string[]> {
  const thread = await scenario.settled(asked, 80_000);
  await scenario.untilContainers((count) => count === 0, 10_000);
  expect(await scenario.runs()).toMatchObject([{ status: 'finished' }]);
  expect(scenario.botComments()).toHaveLength(1);
  expect(scenario.botComments()[0]?.body).toContain('2 of 2 tasks solved');
  expect(thread.checkRuns).toMatchObject([{ status: 'completed', conclusion: 'success' }]);
  const [run] = await scenario.runs();
  const types = (await scenario.events(run?.id ?? '')).map(({ event }) => event.type);
  expect(types.filter((type) => type === 'trial-finished')).toHaveLength(2);
  expect(types.filter((type) => type === 'run-finished')).toHaveLength(1);
  return types;
}

describe('a service killed in the middle goes on after a restart, and gives one result', () => {
  test.each([
    ['run-queued', 'sqlite'],
    ['trial-leased', 'sqlite'],
    ['sandbox-started', 'sqlite'],
    ['tool-called', 'postgres'],
    ['sandbox-sealed', 'sqlite'],
    ['verification-started', 'postgres'],
    ['run-finalizing', 'sqlite'],
    ['run-finished', 'sqlite'],
  ] as const)('at %s, on %s', async (type, database) => {
    await using scenario = await Scenario.start({ database });
    const asked = await scenario.comment('ada', command);
    await scenario.untilEvent(type);
    await scenario.kill();
    await scenario.startService();
    const types = await expectOneResult(scenario, asked);
    // Two trials: a third claim shows that the kill hit one in the middle.
    const claims = types.filter((seen) => seen === 'trial-leased').length;
    expect(claims).toBeGreaterThanOrEqual(cutsTrials.has(type) ? 3 : 2);
  });

  test('between the comment at GitHub and its row here', async () => {
    await using scenario = await Scenario.start({ database: 'sqlite' });
    const held = scenario.world.faults.inject(
      { method: 'POST', path: /\/issues\/\d+\/comments$/ },
      { kind: 'hold', when: 'after' },
    );
    const asked = await scenario.comment('ada', command);
    await held.struck;
    await scenario.kill();
    held.release();
    await scenario.startService();
    await expectOneResult(scenario, asked);
  });
});

test('a cancel removes the sandboxes within ten seconds and says so', async () => {
  await using scenario = await Scenario.start({ database: 'sqlite', tasks: await endlessTasks() });
  const asked = await scenario.comment('ada', command);
  await scenario.untilEvent('tool-called');
  await scenario.untilContainers((count) => count === 2, 20_000);
  await scenario.comment('ada', '/clawbench cancel');
  await scenario.untilContainers((count) => count === 0, 10_000);
  const thread = await scenario.settled(asked);
  expect(await scenario.runs()).toMatchObject([{ status: 'cancelled' }]);
  expect(thread.checkRuns).toMatchObject([{ conclusion: 'cancelled' }]);
  expect(scenario.botComments()[0]?.body).toMatch(/^### \S+ Cancelled/m);
});

test('a service told to stop ends within ten seconds, and its next life finishes the run', async () => {
  await using scenario = await Scenario.start({ database: 'sqlite' });
  const asked = await scenario.comment('ada', command);
  await scenario.untilEvent('sandbox-started');
  const startedAt = Date.now();
  expect(await scenario.service.stop()).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await scenario.startService();
  await expectOneResult(scenario, asked);
});
