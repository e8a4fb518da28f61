import { afterAll } from 'vitest';
import { openDockerWorld } from '../../../tests/world/docker-sandboxes.ts';
import { describeSandboxProcesses } from '../processes.contract.ts';

const world = openDockerWorld();
afterAll(() => world.close());

describeSandboxProcesses({
  name: 'docker',
  instance: world.instance,
  provider: world.provider,
  image: () => world.image(),
  unreachable: world.provider,
});
