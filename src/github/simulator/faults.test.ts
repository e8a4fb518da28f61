import { expect, test } from 'vitest';
import { place, simulatedGitHub } from '../../../tests/world/simulated-github.ts';

const comments = { method: 'POST', path: /\/comments$/ };

test('an injected error strikes as often as asked and changes nothing', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const write = () =>
    github.octokit.rest.issues.createComment({ ...place, issue_number: pull.number, body: 'hello' });
  github.world.faults.inject(comments, { kind: 'status', status: 502 }, 2);
  await expect(write()).rejects.toMatchObject({ status: 502 });
  await expect(write()).rejects.toMatchObject({ status: 502 });
  expect(github.world.thread(pull).comments).toEqual([]);
  expect((await write()).status).toBe(201);
});

test('a connection can break before the write, or after it', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const write = (body: string) =>
    github.octokit.rest.issues.createComment({ ...place, issue_number: pull.number, body });
  github.world.faults.inject(comments, { kind: 'drop', when: 'before' });
  await expect(write('lost')).rejects.toMatchObject({ name: 'HttpError', status: 500 });
  expect(github.world.thread(pull).comments).toEqual([]);
  github.world.faults.inject(comments, { kind: 'drop', when: 'after' });
  await expect(write('kept')).rejects.toMatchObject({ name: 'HttpError', status: 500 });
  expect(github.world.thread(pull).comments.map(({ body }) => body)).toEqual(['kept']);
});

test('an answer can be kept back, and the write seen meanwhile', async () => {
  await using github = await simulatedGitHub();
  const pull = await github.openPull();
  const fault = github.world.faults.inject(comments, { kind: 'hold', when: 'after' });
  const write = github.octokit.rest.issues.createComment({
    ...place,
    issue_number: pull.number,
    body: 'slow',
  });
  await fault.struck;
  await github.world.until(pull, (view) => view.comments[0], 5_000);
  fault.release();
  expect((await write).status).toBe(201);
});

test.each([403, 429] as const)('a secondary limit answers %s and says how long to wait', async (status) => {
  await using github = await simulatedGitHub();
  github.world.faults.inject({}, { kind: 'secondary-limit', status, retryAfterSeconds: 7 });
  await expect(github.octokit.rest.repos.get(place)).rejects.toMatchObject({
    status,
    message: expect.stringContaining('secondary rate limit'),
    response: { headers: { 'retry-after': '7' } },
  });
});

test('an hour has so many requests, then none until it is over', async () => {
  await using github = await simulatedGitHub({ rateLimits: { requestsPerHour: 2 } });
  const get = () => github.octokit.rest.repos.get(place);
  expect((await get()).headers).toMatchObject({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '1',
    'x-ratelimit-used': '1',
    'x-ratelimit-resource': 'core',
  });
  await get();
  await expect(get()).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining(`API rate limit exceeded for installation ${github.installationId}.`),
    response: { headers: { 'x-ratelimit-remaining': '0' } },
  });
  expect((await github.octokit.rest.rateLimit.get()).data.rate).toMatchObject({ used: 2, remaining: 0 });
  github.clock.advance(60 * 60 * 1000);
});

test('a minute has so many new comments', async () => {
  await using github = await simulatedGitHub({ rateLimits: { contentPerMinute: 2 } });
  const pull = await github.openPull();
  const write = () =>
    github.octokit.rest.issues.createComment({ ...place, issue_number: pull.number, body: 'again' });
  await write();
  await write();
  await expect(write()).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('secondary rate limit'),
    response: { headers: { 'retry-after': expect.stringMatching(/^(59|60)$/) } },
  });
  github.clock.advance(61_000);
  expect((await write()).status).toBe(201);
});
