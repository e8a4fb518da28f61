import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from '../world/scenario-world.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.start({ database: 'sqlite' });
});
afterAll(() => scenario[Symbol.asyncDispose]());

function reactionOn(commentId: number, content: string): Promise<true> {
  return scenario.until(({ comments }) =>
    comments.find(({ id }) => id === commentId)?.reactions.some((reaction) => reaction.content === content)
      ? true
      : undefined,
  );
}

describe('whoever may not run anything', () => {
  test('gets a sign and, once a day, one line that says what it takes', async () => {
    const first = await scenario.comment('mallory', '/clawbench run entry-test');
    await reactionOn(first, '-1');
    const said = await scenario.until(() => scenario.botComments()[0]?.body);
    expect(said).toMatch(
      /^<details><summary>This needs the role <code>write<\/code> in this repository\.<\/summary>.*<\/details>$/m,
    );
    const second = await scenario.comment('mallory', '/clawbench run entry-test');
    await reactionOn(second, '-1');
    // A thread's comments are handled in order, so this answer comes after whatever the second refusal had to say.
    await scenario.comment('ada', '/clawbench help');
    await scenario.until(() => scenario.botComments()[1]);
    expect(scenario.botComments()).toHaveLength(2);
    expect(scenario.botComments()[1]?.body).not.toContain('This needs the role');
    expect(await scenario.runs()).toEqual([]);
  });
});

describe('whoever mistypes', () => {
  test.each([
    ['/clawbench run entri-test', 'entry-test'],
    ['/clawbench run entry-test modle=scripted/entry-test', 'model'],
    ['/clawbench run entry-test tasks=answer-ecko', 'answer-echo'],
    ['/clawbench rnu entry-test', 'run'],
  ])('%s is told about %s', async (body, nearest) => {
    const before = scenario.botComments().length;
    const asked = await scenario.comment('ada', body);
    await reactionOn(asked, 'confused');
    const answer = await scenario.until(() => scenario.botComments()[before]?.body);
    expect(answer).toContain(nearest);
    expect(await scenario.runs()).toEqual([]);
  });
});

test('a command that is only quoted, or code, is none', async () => {
  const before = scenario.botComments().length;
  await scenario.comment('ada', '> /clawbench run entry-test\n\n```\n/clawbench run entry-test\n```\n');
  const asked = await scenario.comment('ada', '/clawbench help');
  await scenario.until(() => scenario.botComments()[before]?.body);
  expect(asked).toBeGreaterThan(0);
  expect(scenario.botComments()).toHaveLength(before + 1);
  expect(await scenario.runs()).toEqual([]);
});
