import type { RunId, TrialId } from '../../domain/ids.ts';
import type { ModelCall, ModelCallStore } from '../model-call-store.ts';
import type { SqlDatabase } from './database.ts';
import { modelCallOf, modelCallRow } from './model-call-rows.ts';

export class SqlModelCallStore implements ModelCallStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async record(call: ModelCall): Promise<void> {
    await this.#database.query((db) => db.insertInto('model_calls').values(modelCallRow(call)).execute());
  }

  async ofRun(runId: RunId): Promise<readonly ModelCall[]> {
    return this.#calls('run_id', runId);
  }

  async ofTrial(trialId: TrialId): Promise<readonly ModelCall[]> {
    return this.#calls('trial_id', trialId);
  }

  async #calls(column: 'run_id' | 'trial_id', id: string): Promise<readonly ModelCall[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('model_calls')
        .selectAll()
        .where(column, '=', id)
        .orderBy('started_at')
        .orderBy('id')
        .execute(),
    );
    return rows.map(modelCallOf);
  }
}
