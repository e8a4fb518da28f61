import { randomBytes } from 'node:crypto';
import { startSimulator, type GitHubSimulator } from '../../github/simulator/simulator.ts';
import type { OpenedThread } from '../../github/simulator/world.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import { systemClock } from '../identifiers.ts';

const repository = 'harbour-labs/lighthouse-agent';
const maintainer = 'ada';

/** What the App leaves on a command once its run is over. */
const endings: ReadonlySet<string> = new Set(['hooray', '-1', 'confused']);

/** A local GitHub with one repository, and what a person does there in the demo. */
export interface DemoWorld {
  readonly simulator: GitHubSimulator;
  readonly webhookSecret: string;
  readonly privateKey: string;
  /** Points the App's webhook at a service, installs it and opens the pull request. */
  openPullRequest(webhookUrl: string): Promise<OpenedThread>;
  /** Comments as the maintainer; rejects when the service did not take the webhook. */
  comment(thread: OpenedThread, body: string): Promise<void>;
  /** Resolves to the App's comment once its Check Run on the thread is completed and the comment says so too. */
  finalComment(thread: OpenedThread, timeoutMs: number): Promise<string>;
}

/** Starts the local GitHub with the demo's repository and people. */
export async function startDemoWorld(): Promise<DemoWorld> {
  const simulator = await startSimulator({ clock: systemClock });
  const { world, app } = simulator;
  const webhookSecret = randomBytes(24).toString('hex');
  world.createRepository(repository, {
    description: 'An agent that keeps watch',
    isOrganization: true,
    files: { 'prompt.md': 'You are a careful agent.\n' },
  });
  world.addCollaborator(repository, maintainer, 'write');
  world.createUser('passerby');
  return {
    simulator,
    webhookSecret,
    privateKey: app.privateKeyPem ?? '',
    async openPullRequest(webhookUrl) {
      world.setWebhook(webhookUrl, webhookSecret);
      await world.install(repository.split('/')[0] ?? '');
      return world.openPullRequest({
        repository,
        author: maintainer,
        title: 'Read the whole instruction before acting',
        body: 'The agent sometimes starts before it has read to the end. This makes the prompt say so.',
        branch: 'read-first',
        files: { 'prompt.md': 'You are a careful agent. Read the whole task before you act.\n' },
      });
    },
    async comment(thread, body) {
      const { delivery } = await world.comment(thread, maintainer, body);
      if (delivery?.status !== 'OK') {
        throw new ClawBenchError('unavailable', 'the service did not take the webhook', {
          hint: `GitHub's delivery log says: ${delivery?.status ?? 'not delivered'}.`,
        });
      }
    },
    finalComment: (thread, timeoutMs) =>
      world.until(
        thread,
        ({ comments, checkRuns }) => {
          const settled = comments.some(({ reactions }) =>
            reactions.some(({ content }) => endings.has(content)),
          );
          const completed = checkRuns.length > 0 && checkRuns.every(({ status }) => status === 'completed');
          return settled && completed
            ? comments.findLast(({ viaApp }) => viaApp === app.slug)?.body
            : undefined;
        },
        timeoutMs,
      ),
  };
}
