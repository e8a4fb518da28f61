import { describe, expect, test } from 'vitest';
import { Scenario } from '../world/scenario-world.ts';

/** The comment with what differs from run to run replaced by what it is. */
function normalise(body: string): string {
  return body
    .replaceAll(/01[0-9A-HJKMNP-TV-Z]{24}/g, 'RUN')
    .replaceAll(/sig=[0-9a-f]+/g, 'sig=SIG')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replaceAll(/`[0-9a-f]{12}`/g, '`SHORT_ID`')
    .replaceAll(/clawbench-task:[0-9a-f]{12}/g, 'IMAGE')
    .replaceAll(/\| \d+ \+ \d+ \|/g, '| TOKENS |')
    .replaceAll(/\b\d+(?:\.\d+)?(?:s|m)\b/g, 'TIME');
}

describe.each(['sqlite', 'postgres'] as const)('a comment becomes a score on %s', (database) => {
  test('in one comment and one check, with nothing left behind', async () => {
    await using scenario = await Scenario.start({ database });
    const asked = await scenario.comment('ada', '/clawbench run entry-test tasks=answer-echo,trap-slugs');
    const thread = await scenario.settled(asked);
    await expect.poll(() => scenario.reactions).toEqual(['eyes', 'rocket', '-1']);
    expect(scenario.botComments()).toHaveLength(1);
    expect(normalise(scenario.botComments()[0]?.body ?? '')).toMatchSnapshot();
    expect(thread.checkRuns).toMatchObject([
      {
        name: 'clawbench / entry-test',
        headSha: scenario.pull.headSha,
        status: 'completed',
        conclusion: 'failure',
      },
    ]);
    const [run] = await scenario.runs();
    const events = await scenario.events(run?.id ?? '');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });
});

test('the same delivery twice, and an edit, make one run', async () => {
  await using scenario = await Scenario.start({ database: 'sqlite' });
  const asked = await scenario.comment('ada', '/clawbench run entry-test tasks=answer-echo');
  const delivery = scenario.world.deliveries().findLast(({ event }) => event === 'issue_comment');
  if (!delivery) throw new Error('no delivery was made');
  expect((await scenario.world.redeliver(delivery)).status).toBe('OK');
  await scenario.world.editComment(asked, 'ada', '/clawbench run entry-test tasks=answer-needle');
  await scenario.settled(asked);
  expect((await scenario.world.redeliver(delivery)).status).toBe('OK');
  expect(await scenario.runs()).toHaveLength(1);
  expect(scenario.botComments()).toHaveLength(1);
});
