import type { Timestamp } from '../domain/clock.ts';

/** A repository the App is installed on. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly installationId: number;
  /** Folder below `groups/` with the repository's standing instructions. */
  readonly group: string;
  readonly registeredAt: Timestamp;
}

/** Registered repositories; commands from others are ignored. Names compare without case, as GitHub's do. */
export interface RepositoryStore {
  /** Creates or replaces. */
  save(repository: Repository): Promise<void>;
  remove(owner: string, name: string): Promise<void>;
  removeInstallation(installationId: number): Promise<void>;
  find(owner: string, name: string): Promise<Repository | undefined>;
  list(): Promise<readonly Repository[]>;
}
