import { expect, test } from 'vitest';
import { githubService } from '../../tests/world/github-service.ts';

test('a comment becomes a run, a comment, a check and reactions', async () => {
  await using service = await githubService();
  const { app, plane, world } = service;
  const pull = await service.openPull();
  const asked = await service.comment(pull, 'ada', '/clawbench run entry-test');
  expect(service.reactions(pull, asked)).toEqual(['eyes']);
  expect(await app.publisher.publish(plane.newest)).toBe('again');
  plane.change({ status: 'running', startedAt: service.clock.now() });
  expect(await app.publisher.publish(plane.newest)).toBe('again');
  expect(service.reactions(pull, asked)).toEqual(['rocket']);
  plane.change({ status: 'finished', finishedAt: service.clock.now() });
  expect(await app.publisher.publish(plane.newest)).toBe('settled');
  expect(service.answers(pull)).toHaveLength(1);
  expect(world.thread(pull).checkRuns).toHaveLength(1);
  console.log(service.answers(pull), world.thread(pull).checkRuns, service.log.lines);
});
