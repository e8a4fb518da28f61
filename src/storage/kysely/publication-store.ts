import type { RunId } from '../../domain/ids.ts';
import type { Publication, PublicationKey, PublicationStore } from '../publication-store.ts';
import type { SqlDatabase } from './database.ts';
import { publicationOf, publicationRow } from './publication-rows.ts';

export class SqlPublicationStore implements PublicationStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async get({ kind, place, benchmark }: PublicationKey): Promise<Publication | undefined> {
    const row = await this.#database.query((db) =>
      db
        .selectFrom('publications')
        .selectAll()
        .where('kind', '=', kind)
        .where('place', '=', place)
        .where('benchmark', '=', benchmark)
        .executeTakeFirst(),
    );
    return row && publicationOf(row);
  }

  async save(publication: Publication): Promise<void> {
    const row = publicationRow(publication);
    await this.#database.query((db) =>
      db
        .insertInto('publications')
        .values(row)
        .onConflict((conflict) => conflict.columns(['kind', 'place', 'benchmark']).doUpdateSet(row))
        .execute(),
    );
  }

  async ofRun(runId: RunId): Promise<readonly Publication[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('publications')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('kind')
        .orderBy('place')
        .execute(),
    );
    return rows.map(publicationOf);
  }

  async unsettled(limit: number): Promise<readonly Publication[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('publications')
        .selectAll()
        .where('settled', '=', 0)
        .orderBy('updated_at')
        .limit(limit)
        .execute(),
    );
    return rows.map(publicationOf);
  }
}
