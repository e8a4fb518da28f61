import type { Migration } from 'kysely/migration';
import { runsAndTrials } from './0001-runs-and-trials.ts';
import { trialEvidence } from './0002-trial-evidence.ts';
import { github } from './0003-github.ts';
import type { ColumnTypes } from './column-types.ts';

/** Every migration under its file's name, in the order they are applied. A released one is never edited. */
export function allMigrations(types: ColumnTypes): Record<string, Migration> {
  return {
    '0001-runs-and-trials': runsAndTrials(types),
    '0002-trial-evidence': trialEvidence(types),
    '0003-github': github(types),
  };
}
