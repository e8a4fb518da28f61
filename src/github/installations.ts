import { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { RepositoryStore } from '../storage/repository-store.ts';
import type { GitHubApi } from './github-api.ts';
import type { RepositoryName } from './events.ts';

const pageSize = 100;
const maxPages = 100;

const installations = z.array(z.object({ id: z.int().positive(), suspended_at: z.string().nullish() }));
const repositoryPage = z.object({
  repositories: z.array(z.object({ name: z.string(), owner: z.object({ login: z.string() }) })),
});

/** Keeps the list of repositories the App is installed on. */
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
      const group = `${owner}--${name}`.toLowerCase();
      const known = await this.#repositories.find(owner, name);
      const registeredAt = known?.registeredAt ?? this.#clock.now();
      await this.#repositories.save({ owner, name, installationId, group, registeredAt });
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

  /** Asks GitHub for the repositories of one installation. */
  async refresh(installationId: number): Promise<number> {
    let count = 0;
    for (let page = 1; page <= maxPages; page += 1) {
      const parameters = { per_page: pageSize, page };
      const route = 'GET /installation/repositories';
      const answer = repositoryPage.parse(await this.#api.asInstallation(installationId, route, parameters));
      await this.add(
        installationId,
        answer.repositories.map(({ owner, name }) => ({ owner: owner.login, name })),
      );
      count += answer.repositories.length;
      if (answer.repositories.length < pageSize) break;
    }
    return count;
  }

  /** Asks GitHub for all repositories, to catch up with what was installed while nobody listened. */
  async refreshAll(): Promise<number> {
    let count = 0;
    for (let page = 1; page <= maxPages; page += 1) {
      const found = installations.parse(
        await this.#api.asApp('GET /app/installations', { per_page: pageSize, page }),
      );
      for (const installation of found) {
        if (!installation.suspended_at) count += await this.refresh(installation.id);
      }
      if (found.length < pageSize) break;
    }
    return count;
  }
}
