import { z } from 'zod';
import { ClawBenchError } from '../domain/errors.ts';
import type { GitHubApi } from './github-api.ts';
import type { ThreadComment } from './repository-client.ts';

/** The App as GitHub knows it. */
export interface AppFacts {
  readonly id: number;
  readonly slug: string;
  /** Who its comments and reactions are by. */
  readonly botLogin: string;
}

/** What the App must be allowed to do and be told of. */
export const neededPermissions: Readonly<Record<string, 'read' | 'write'>> = {
  metadata: 'read',
  contents: 'read',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
};
/** Installation events come without being asked for. */
export const neededEvents: readonly string[] = ['issue_comment', 'pull_request'];

const app = z.object({
  id: z.int(),
  slug: z.string().min(1),
  permissions: z.record(z.string(), z.string().optional()).default({}),
  events: z.array(z.string()).default([]),
});

/** Who we are at GitHub; asked once, when first needed. */
export class AppIdentity {
  readonly #api: GitHubApi;
  readonly #appId: number;
  #facts: Promise<AppFacts> | undefined;

  constructor(api: GitHubApi, appId: number) {
    this.#api = api;
    this.#appId = appId;
  }

  get appId(): number {
    return this.#appId;
  }

  facts(): Promise<AppFacts> {
    this.#facts ??= this.#read().then(
      ({ id, slug }) => ({ id, slug, botLogin: `${slug}[bot]` }),
      (thrown: unknown) => {
        this.#facts = undefined;
        throw thrown;
      },
    );
    return this.#facts;
  }

  async wrote({ authorLogin }: ThreadComment): Promise<boolean> {
    return authorLogin.toLowerCase() === (await this.facts()).botLogin.toLowerCase();
  }

  /**
   * Asks GitHub whether key, id, permissions and events are right, so that a wrong set-up is found at start.
   * @throws ClawBenchError that says what differs; `unavailable` when GitHub did not answer.
   */
  async check(): Promise<AppFacts> {
    const found = await this.#read();
    const faults = [
      ...(found.id === this.#appId ? [] : [`the key belongs to App ${found.id}, not to ${this.#appId}`]),
      ...Object.entries(neededPermissions)
        .filter(([name, level]) => !grants(found.permissions[name], level))
        .map(([name, level]) => `permission ${name}: ${found.permissions[name] ?? 'none'}, needed: ${level}`),
      ...neededEvents
        .filter((name) => !found.events.includes(name))
        .map((name) => `event ${name} is not subscribed`),
    ];
    if (faults.length === 0) return await this.facts();
    throw new ClawBenchError(
      'invalid-input',
      `the GitHub App "${found.slug}" is not set up right: ${faults.join('; ')}`,
      {
        hint: 'Change it in the App’s settings under “Permissions & events”; installations must then accept the change.',
      },
    );
  }

  async #read(): Promise<z.infer<typeof app>> {
    try {
      return app.parse(await this.#api.asApp('GET /app'));
    } catch (thrown) {
      const { code, message } = ClawBenchError.from(thrown);
      if (code === 'unavailable' || code === 'limit-reached') throw thrown;
      throw new ClawBenchError(
        'unauthenticated',
        `GitHub does not know us as App ${this.#appId}: ${message}`,
        {
          hint: 'Check GITHUB_APP_ID and that the private key is the newest one of that App, in PEM form.',
        },
      );
    }
  }
}

function grants(level: string | undefined, needed: 'read' | 'write'): boolean {
  return level === needed || level === 'write' || level === 'admin';
}
