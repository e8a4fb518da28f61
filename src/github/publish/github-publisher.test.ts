import { expect, test } from 'vitest';
import { githubService } from '../../../tests/world/github-service.ts';
import { sampleTrial } from '../../../tests/world/sample-run.ts';
import type { RunView } from '../../control-plane/control-plane.ts';
import type { Outcome } from '../../domain/outcome.ts';

const solved: Outcome = { kind: 'graded', reward: 1, tests: null };

/** A pull request on which `ada` asked for a run that is still queued. */
async function asked() {
  const service = await githubService();
  const pull = await service.openPull();
  const commentId = await service.comment(pull, 'ada', '/clawbench run entry-test');
  const { app, plane, clock, world } = service;
  const requests: string[] = [];
  service.simulator.observe(
    ({ method, path }) => void requests.push(`${method} ${path.replace(/\d+$/, 'N')}`),
  );
  return Object.assign(service, {
    pull,
    commentId,
    requests,
    publish: () => app.publisher.publish(plane.newest),
    start: () => plane.change({ status: 'running', startedAt: clock.now() }),
    progress: (count: number) =>
      plane.change(
        {},
        Array.from({ length: count }, (_, index) => sampleTrial(index, 'arithmetic', 'graded', solved)),
      ),
    finish: () => plane.change({ status: 'finished', finishedAt: clock.now() }),
    texts: () => service.answers(pull).map(({ body }) => body.split('\n')[1] ?? ''),
    check: () =>
      world.thread(pull).checkRuns.map(({ status, conclusion, title }) => [status, conclusion, title]),
  });
}

test('one comment, one check and a reaction follow a run to its end', async () => {
  await using run = await asked();
  expect(await run.publish()).toBe('again');
  expect(run.texts()).toEqual(['### ⏳ Queued · `entry-test@1` · `Tester_agent` · scripted model']);
  expect(run.check()).toEqual([['queued', null, 'Queued · scripted model']]);
  run.start();
  expect(await run.publish()).toBe('again');
  expect(run.texts()).toEqual([expect.stringMatching(/^### ⏳ Running/)]);
  expect(run.check()).toEqual([['in_progress', null, expect.stringMatching(/^0\/0 · 0 ✅ 0 ❌/)]]);
  expect(run.reactions(run.pull, run.commentId)).toEqual(['rocket']);
  run.progress(2);
  run.finish();
  expect(await run.publish()).toBe('settled');
  expect(run.texts()).toEqual([expect.stringMatching(/^### ✅ 2 of 2 tasks solved/)]);
  expect(run.check()).toEqual([['completed', 'success', '2 of 2 tasks solved · scripted model']]);
  expect(run.reactions(run.pull, run.commentId)).toEqual(['hooray']);
  const [check] = run.world.thread(run.pull).checkRuns;
  const { id } = run.plane.newest.run;
  expect(check).toMatchObject({
    name: 'clawbench / entry-test',
    externalId: id,
    detailsUrl: `https://bench.example/runs/${id}`,
  });
  expect(await run.stores.publications.unsettled(10)).toEqual([]);
});

test('an issue gets no check', async () => {
  await using service = await githubService();
  const issue = await service.openIssue();
  await service.comment(issue, 'ada', '/clawbench run entry-test');
  service.plane.change({ status: 'cancelled', finishedAt: service.clock.now() });
  expect(await service.app.publisher.publish(service.plane.newest)).toBe('settled');
  expect(service.answers(issue)).toHaveLength(1);
  expect(await service.stores.publications.ofRun(service.plane.newest.run.id)).toMatchObject([
    { kind: 'comment' },
  ]);
});

test('a run that was not asked for at GitHub is none of our business', async () => {
  await using run = await asked();
  const view = run.plane.newest;
  const origin = { ...view.run.origin, kind: 'cli', thread: null, installationId: null } as const;
  expect(await run.app.publisher.publish({ ...view, run: { ...view.run, origin } })).toBe('settled');
  expect(run.requests).toEqual([]);
});

test('within a phase there is an edit only now and then, with the newest state; a change of phase is shown at once', async () => {
  await using run = await asked();
  await run.publish();
  run.start();
  await run.publish();
  run.progress(1);
  run.clock.advance(15_000);
  run.requests.length = 0;
  expect(await run.publish()).toBe('again');
  expect(run.requests).toEqual([]);
  run.progress(2);
  run.clock.advance(6_000);
  expect(await run.publish()).toBe('again');
  expect(run.answers(run.pull)[0]?.body).toContain('**2/2 · 2 ✅ 0 ❌');
  run.plane.change({ cancelRequest: { by: 'ada', at: run.clock.now() } });
  await run.publish();
  expect(run.texts()[0]).toMatch(/^### ⏳ Stopping/);
  run.plane.change({ status: 'cancelled', finishedAt: run.clock.now() });
  expect(await run.publish()).toBe('settled');
  expect(run.check()).toEqual([['completed', 'cancelled', 'Cancelled · scripted model']]);
  expect(run.reactions(run.pull, run.commentId)).toEqual(['confused']);
});

test('what is shown already costs no request, and an end that is shown is not looked at again', async () => {
  await using run = await asked();
  await run.publish();
  run.clock.advance(60_000);
  run.requests.length = 0;
  expect(await run.publish()).toBe('again');
  expect(run.requests).toEqual([]);
  run.finish();
  await run.publish();
  run.clock.advance(700_000);
  run.requests.length = 0;
  expect(await run.startApp().publisher.publish(run.plane.newest)).toBe('settled');
  expect(run.requests).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'a comment whose creation broke %s it was done is there once',
  async (when) => {
    await using run = await asked();
    run.world.faults.inject({ method: 'POST', path: /\/issues\/\d+\/comments$/ }, { kind: 'drop', when });
    expect(await run.publish()).toBe('again');
    run.clock.advance(6_000);
    // Another process, after a crash: only what is stored is known.
    expect(await run.startApp().publisher.publish(run.plane.newest)).toBe('again');
    expect(run.texts()).toHaveLength(1);
    expect(run.check()).toHaveLength(1);
  },
);

test('a check whose creation broke after it was done is there once', async () => {
  await using run = await asked();
  run.world.faults.inject({ method: 'POST', path: /\/check-runs$/ }, { kind: 'drop', when: 'after' });
  await run.publish();
  run.finish();
  run.clock.advance(6_000);
  expect(await run.startApp().publisher.publish(run.plane.newest)).toBe('settled');
  expect(run.check()).toEqual([['completed', 'neutral', expect.anything()]]);
});

test('a marker that somebody planted is not taken for our comment', async () => {
  await using run = await asked();
  await run.publish();
  const [ours] = run.answers(run.pull);
  await run.comment(run.pull, 'mallory', ours?.body ?? '');
  const row = (await run.stores.publications.ofRun(run.plane.newest.run.id)).find(
    ({ kind }) => kind === 'comment',
  );
  if (!row || !ours) throw new Error('nothing was published');
  await run.stores.publications.save({ ...row, remoteId: null, contentDigest: null });
  run.finish();
  expect(await run.startApp().publisher.publish(run.plane.newest)).toBe('settled');
  expect(run.texts()).toEqual([expect.stringMatching(/^### ⚠️/)]);
  expect(run.answers(run.pull)[0]?.id).toBe(ours.id);
});

test('a comment somebody deleted is written once more, and then no more', async () => {
  await using run = await asked();
  await run.publish();
  const remove = async (): Promise<void> => {
    const [ours] = run.answers(run.pull);
    await run.world.deleteComment(ours?.id ?? 0, 'ada');
  };
  await remove();
  run.start();
  await run.publish();
  expect(run.texts()).toHaveLength(1);
  await remove();
  run.finish();
  expect(await run.publish()).toBe('settled');
  expect(run.texts()).toEqual([]);
  expect(run.check()).toEqual([['completed', 'neutral', expect.anything()]]);
  expect(run.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'a run is not shown at GitHub any more' },
  ]);
});

test('a comment somebody changed is left as it is, and another goes on', async () => {
  await using run = await asked();
  await run.publish();
  const [ours] = run.answers(run.pull);
  await run.world.editComment(ours?.id ?? 0, 'ada', `${ours?.body}\nI add something.`);
  run.finish();
  expect(await run.publish()).toBe('settled');
  const bodies = run.answers(run.pull).map(({ body }) => body);
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toContain('I add something.');
  expect(bodies[1]).toContain('### ⚠️');
});

test('a newer run takes over comment and check, and the older one does not take them back', async () => {
  await using run = await asked();
  await run.publish();
  const older = run.plane.newest;
  await run.comment(run.pull, 'ada', '/clawbench run entry-test');
  const newer: RunView = run.plane.newest;
  expect(newer.run.id > older.run.id).toBe(true);
  await run.publish();
  const ended: RunView = { ...older, run: { ...older.run, status: 'finished', finishedAt: run.clock.now() } };
  expect(await run.app.publisher.publish(ended)).toBe('settled');
  expect(run.texts()).toEqual([expect.stringMatching(/^### ⏳ Queued/)]);
  expect(run.world.thread(run.pull).checkRuns).toMatchObject([
    { externalId: newer.run.id, status: 'queued' },
  ]);
  expect(run.reactions(run.pull, run.commentId)).toEqual(['confused']);
});

test('after a rate limit GitHub is left alone as long as it asks, then told the newest state', async () => {
  await using run = await asked();
  await run.publish();
  run.start();
  run.world.faults.inject(
    { method: 'PATCH' },
    { kind: 'secondary-limit', status: 403, retryAfterSeconds: 120 },
  );
  expect(await run.publish()).toBe('again');
  run.finish();
  run.clock.advance(60_000);
  run.requests.length = 0;
  expect(await run.publish()).toBe('again');
  expect(run.requests).toEqual([]);
  run.clock.advance(61_000);
  expect(await run.publish()).toBe('settled');
  expect(run.texts()).toEqual([expect.stringMatching(/^### ⚠️ No score/)]);
});

test('when GitHub refuses, it is not asked again, and the operator is told', async () => {
  await using run = await asked();
  run.world.faults.inject({ path: /\/comments/ }, { kind: 'status', status: 403 }, 100);
  run.world.faults.inject({ path: /check-runs/ }, { kind: 'status', status: 422 }, 100);
  run.finish();
  expect(await run.publish()).toBe('settled');
  run.requests.length = 0;
  run.clock.advance(3_600_000);
  expect(await run.publish()).toBe('settled');
  expect(run.requests.filter((request) => !request.includes('reactions'))).toEqual([]);
  const told = run.log.lines.filter(({ message }) => message === 'a run is not shown at GitHub any more');
  expect(told.map(({ fields }) => fields['kind'])).toEqual(['comment', 'check']);
});

test('two states that are shown at once end with the later one', async () => {
  await using run = await asked();
  const first = run.publish();
  run.finish();
  const second = run.publish();
  expect(await Promise.all([first, second])).toEqual(['again', 'settled']);
  expect(run.texts()).toEqual([expect.stringMatching(/^### ⚠️ No score/)]);
});
