import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { openDockerWorld } from '../../../tests/world/docker-sandboxes.ts';
import { describeSandboxProvider } from '../sandbox.contract.ts';

const world = openDockerWorld();
const unreachable = openDockerWorld({ socketPath: '/nonexistent/docker.sock' });
afterAll(async () => {
  rmSync(unreachable.runtimeDir, { recursive: true });
  await world.close();
});

describeSandboxProvider({
  name: 'docker',
  instance: world.instance,
  provider: world.provider,
  image: () => world.image(),
  unreachable: unreachable.provider,
});
