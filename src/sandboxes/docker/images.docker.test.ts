import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { buildContext, openDockerWorld } from '../../../tests/world/docker-sandboxes.ts';
import { basePackages, baseReference } from './base-recipe.ts';
import { hasBaseImage, prepareDocker } from './base-image.ts';
import { DockerEngine } from './engine.ts';

const engine = new DockerEngine({ socketPath: '/var/run/docker.sock' });
const world = openDockerWorld();
const built: string[] = [];

afterAll(async () => {
  await world.close();
  for (const reference of new Set(built))
    await engine.call('remove a test image', 30_000, (docker) =>
      docker.getImage(reference).remove({ force: true }),
    );
});

test('a context is built once however many ask at the same time, and then reused', async () => {
  const context = buildContext(
    'once',
    `FROM clawbench-base\nRUN echo ${randomBytes(8).toString('hex')} >/once\n`,
  );
  const lines: string[][] = [[], [], []];
  const images = await Promise.all(
    lines.map((into) => world.provider.buildImage(context, (line) => into.push(line))),
  );
  built.push(...images.map(({ reference }) => reference));
  expect(new Set(images.map(({ digest }) => digest)).size).toBe(1);
  expect(images[0]?.reference).toMatch(/^clawbench-task:[0-9a-f]{12}$/);
  expect(lines[0]?.some((line) => line.startsWith('Step 2/'))).toBe(true);
  const again: string[] = [];
  expect(await world.provider.buildImage(context, (line) => again.push(line))).toEqual(images[0]);
  expect(again).toEqual([]);
});

test('a Dockerfile that fails is the task’s fault, shown by its last lines', async () => {
  const dockerfile = `FROM clawbench-base\nRUN echo ${randomBytes(8).toString('hex')} && printf '\\033[31mred\\033[0m end\\n' && exit 9\n`;
  const failing = world.provider.buildImage(buildContext('failing', dockerfile), () => {});
  await expect(failing).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('returned a non-zero code: 9'),
    hint: expect.stringContaining('\nred end'),
  });
  await expect(world.provider.buildImage(buildContext('broken', 'FORM x\n'), () => {})).rejects.toMatchObject(
    {
      code: 'invalid-input',
    },
  );
});

test('an image that is here is not pulled; one that no registry has is unavailable', async () => {
  const lines: string[] = [];
  const image = await world.provider.pullImage(baseReference(), (line) => lines.push(line));
  expect([image.digest.slice(0, 7), lines]).toEqual(['sha256:', []]);
  await expect(world.provider.pullImage('127.0.0.1:1/none:none', () => {})).rejects.toMatchObject({
    code: 'unavailable',
  });
});

test('the base image is made already, and making it again does nothing', async () => {
  expect(await hasBaseImage()).toBe(true);
  const lines: string[] = [];
  expect((await prepareDocker({ onProgress: (line) => lines.push(line) })).reference).toBe(baseReference());
  expect(lines).toEqual([]);
  expect(basePackages()).toContain('busybox-static');
});
