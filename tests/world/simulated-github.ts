import { generateKeyPairSync } from 'node:crypto';
import { Probot, ProbotOctokit } from 'probot';
import { expect } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { startSimulator, type SimulatorOptions } from '../../src/github/simulator/simulator.ts';
import { watchSimulator } from './github-schemas.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

/** The wall clock, which a test may turn forward. */
export function movableClock(): Clock & { advance(milliseconds: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

interface AppKeys {
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
}

let keys: AppKeys | undefined;

/** One pair for all tests of a file: making one takes longer than most tests. */
export function appKeys(): AppKeys {
  if (keys) return keys;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  keys = { publicKeyPem: publicKey, privateKeyPem: privateKey };
  return keys;
}

interface AppIdentity {
  readonly appId: number;
  readonly privateKey: string;
  readonly baseUrl: string;
}

/** Probot's client, with its own authentication, its pauses and retries left out. */
export function appClient({ appId, privateKey, baseUrl }: AppIdentity): Probot {
  const Octokit = ProbotOctokit.defaults((options: object) => ({
    ...options,
    throttle: { enabled: false },
    retry: { enabled: false },
  }));
  return new Probot({ appId, privateKey, baseUrl, Octokit, secret: 'unused here', logLevel: 'fatal' });
}

export const place = { owner: 'octo', repo: 'hello' } as const;
export const repositoryName = 'octo/hello';
const webhookSecret = 'a secret of this test';

/**
 * A simulated GitHub with the repository `octo/hello`, the app installed on it, a receiver for its webhooks and Probot's client.
 * Disposing of it checks that everything that passed fits GitHub's schemas.
 */
export async function simulatedGitHub(options: Partial<SimulatorOptions> = {}) {
  const clock = movableClock();
  const { publicKeyPem, privateKeyPem } = appKeys();
  const simulator = await startSimulator({ clock, ...options, app: { publicKeyPem, ...options.app } });
  const problems = watchSimulator(simulator);
  const receiver = await receiveWebhooks(webhookSecret);
  const { world } = simulator;
  world.setWebhook(receiver.url, webhookSecret);
  const baseSha = world.createRepository(repositoryName, { files: { 'README.md': '# Hello\n' } });
  const { installationId } = await world.install(place.owner);
  const probot = appClient({
    appId: simulator.app.id,
    privateKey: privateKeyPem,
    baseUrl: simulator.apiUrl,
  });
  return {
    clock,
    simulator,
    world,
    receiver,
    baseSha,
    installationId,
    /** As the app itself. */
    app: await probot.auth(),
    /** As the installation. */
    octokit: await probot.auth(installationId),
    openPull: () => world.openPullRequest({ repository: repositoryName, author: 'mara', title: 'Try it' }),
    [Symbol.asyncDispose]: async () => {
      await world.idle();
      await simulator.close();
      await receiver[Symbol.asyncDispose]();
      expect(problems()).toEqual([]);
    },
  };
}
