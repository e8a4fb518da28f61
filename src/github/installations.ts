import { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import { ClawBenchError } from '../domain/errors.ts';
import type { RepositoryStore } from '../storage/repository-store.ts';
import type { RepositoryName } from './events.ts';
import type { GitHubApi } from './github-api.ts';

const pageSize = 100;
const maxPages = 100;

const installation = z.object({ id: z.int().positive() });
const installationPage = z.array(z.object({ id: z.int().positive(), suspended_at: z.string().nullish() }));
const repositoryPage = z.object({
  repositories: z.array(z.object({ name: z.string(), owner: z.object({ login: z.string() }) })),
});

/** Keeps the list of repositories the App is installed on, as GitHub's events tell of them. */
export class Installations {
  readonly #api: GitHubApi;
  readonly #repositories: RepositoryStore;
  readonly #clock: Clock;

  constructor(api: GitHubApi, repositories: RepositoryStore, clock: Clock) {
    this.#api = api;
    this.#repositories = repositories;
    this.#clock = clock;
  }

  async add(installationId: number, names: readonly RepositoryName[]): Promise<void> {
    for (const { owner, name } of names) {
      const known = await this.#repositories.find(owner, name);
      await this.#repositories.save({
        owner,
        name,
        installationId,
        group: `${owner}--${name}`.toLowerCase(),
        registeredAt: known?.registeredAt ?? this.#clock.now(),
      });
    }
  }

  /** Forgets repositories, unless another installation has them by now. */
  async remove(installationId: number, names: readonly RepositoryName[]): Promise<void> {
    for (const { owner, name } of names) {
      const known = await this.#repositories.find(owner, name);
      if (known?.installationId === installationId) await this.#repositories.remove(owner, name);
    }
  }

  async removeAll(installationId: number): Promise<void> {
    await this.#repositories.removeInstallation(installationId);
  }

  /**
   * Whether the App is installed on a repository. One that is not registered is asked for at GitHub and registered then:
   * its event may have been missed, and none comes for a repository that is created later, or after a suspension.
   */
  async covers(installationId: number, repository: RepositoryName): Promise<boolean> {
    const { owner, name } = repository;
    if (await this.#repositories.find(owner, name)) return true;
    try {
      const found = installation.parse(
        await this.#api.asApp('GET /repos/{owner}/{repo}/installation', { owner, repo: name }),
      );
      if (found.id !== installationId) return false;
    } catch (thrown) {
      if (ClawBenchError.from(thrown).code === 'not-found') return false;
      throw thrown;
    }
    await this.add(installationId, [repository]);
    return true;
  }

  /** Asks GitHub for all repositories, to catch up with what was installed while nobody listened. Resolves to their number. */
  async refresh(): Promise<number> {
    let count = 0;
    for (let page = 1; page <= maxPages; page += 1) {
      const parameters = { per_page: pageSize, page };
      const found = installationPage.parse(await this.#api.asApp('GET /app/installations', parameters));
      for (const { id, suspended_at: suspendedAt } of found) {
        if (!suspendedAt) count += await this.#refreshOne(id);
      }
      if (found.length < pageSize) break;
    }
    return count;
  }

  async #refreshOne(installationId: number): Promise<number> {
    let count = 0;
    for (let page = 1; page <= maxPages; page += 1) {
      const parameters = { per_page: pageSize, page };
      const answer = await this.#api.asInstallation(
        installationId,
        'GET /installation/repositories',
        parameters,
      );
      const { repositories } = repositoryPage.parse(answer);
      const names = repositories.map(({ owner, name }) => ({ owner: owner.login, name }));
      await this.add(installationId, names);
      count += names.length;
      if (names.length < pageSize) break;
    }
    return count;
  }
}
