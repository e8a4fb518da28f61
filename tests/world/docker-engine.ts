import { setTimeout as delay } from 'node:timers/promises';
import { ClawBenchError } from '../../src/domain/errors.ts';
import { prepareDocker } from '../../src/sandboxes/docker/base-image.ts';
import { instanceLabel } from '../../src/sandboxes/docker/container-options.ts';
import { DockerEngine } from '../../src/sandboxes/docker/engine.ts';

const socketPath = '/var/run/docker.sock';

/** A test file that just ended may still be removing its last sandbox. */
const settleMs = 20_000;

/** The engine that runs the sandboxes of the tests: checked once, with the base image and the tools volume made when missing. */
export async function setup(): Promise<void> {
  try {
    await prepareDocker({ onProgress: (line) => process.stderr.write(`  base image: ${line}\n`) });
  } catch (thrown) {
    const { message, hint } = ClawBenchError.from(thrown);
    throw new Error(`These tests need a Docker Engine: ${message}\n${hint ?? ''}`, { cause: thrown });
  }
}

/** Tests use instances that begin with `test-` and must remove every sandbox they make. */
export async function teardown(): Promise<void> {
  const engine = new DockerEngine({ socketPath });
  const deadline = Date.now() + settleMs;
  for (;;) {
    const containers = await engine.list([instanceLabel]);
    const left = containers.filter(({ labels }) => labels[instanceLabel]?.startsWith('test-'));
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      const named = left.map(({ id, labels }) => `${id.slice(0, 12)} of ${labels[instanceLabel]}`);
      throw new Error(`Tests left containers behind: ${named.join(', ')}`);
    }
    await delay(500);
  }
}
