import { defineConfig } from 'vitest/config';

/**
 * `unit`: beside the code, no network, no engine. `storage`: both databases. `docker`: real Docker Engine. `scenarios`: webhook in, comment out.
 * `e2e`: real Chromium. PostgreSQL and the engine are set up once for all of them.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'setup/**/*.test.ts',
            'container/**/*.test.ts',
            'tests/architecture.test.ts',
          ],
          exclude: ['**/*.docker.test.ts', 'src/storage/**', 'node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'storage',
          include: ['src/storage/**/*.test.ts', 'tests/migrations/**/*.test.ts'],
          globalSetup: ['tests/world/postgres-server.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['src/**/*.docker.test.ts', 'setup/**/*.docker.test.ts'],
          globalSetup: ['tests/world/docker-engine.ts'],
          testTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['tests/scenarios/**/*.test.ts'],
          globalSetup: ['tests/world/postgres-server.ts', 'tests/world/docker-engine.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/world/docker-engine.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
