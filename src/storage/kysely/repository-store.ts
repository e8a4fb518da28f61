import type { Repository, RepositoryStore } from '../repository-store.ts';
import type { SqlDatabase } from './database.ts';
import type { RepositoryRow } from './tables.ts';

export class SqlRepositoryStore implements RepositoryStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async save(repository: Repository): Promise<void> {
    const row = repositoryRow(repository);
    await this.#database.query((db) =>
      db
        .insertInto('repositories')
        .values(row)
        .onConflict((conflict) => conflict.column('full_name').doUpdateSet(row))
        .execute(),
    );
  }

  async remove(owner: string, name: string): Promise<void> {
    await this.#database.query((db) =>
      db.deleteFrom('repositories').where('full_name', '=', fullName(owner, name)).execute(),
    );
  }

  async removeInstallation(installationId: number): Promise<void> {
    await this.#database.query((db) =>
      db.deleteFrom('repositories').where('installation_id', '=', installationId).execute(),
    );
  }

  async find(owner: string, name: string): Promise<Repository | undefined> {
    const row = await this.#database.query((db) =>
      db
        .selectFrom('repositories')
        .selectAll()
        .where('full_name', '=', fullName(owner, name))
        .executeTakeFirst(),
    );
    return row && repositoryOf(row);
  }

  async list(): Promise<readonly Repository[]> {
    const rows = await this.#database.query((db) =>
      db.selectFrom('repositories').selectAll().orderBy('full_name').execute(),
    );
    return rows.map(repositoryOf);
  }
}

function fullName(owner: string, name: string): string {
  return `${owner}/${name}`.toLowerCase();
}

function repositoryOf(row: RepositoryRow): Repository {
  return {
    owner: row.owner,
    name: row.name,
    installationId: row.installation_id,
    group: row.group_folder,
    registeredAt: row.registered_at,
  };
}

function repositoryRow(repository: Repository): RepositoryRow {
  return {
    full_name: fullName(repository.owner, repository.name),
    owner: repository.owner,
    name: repository.name,
    installation_id: repository.installationId,
    group_folder: repository.group,
    registered_at: repository.registeredAt,
  };
}
