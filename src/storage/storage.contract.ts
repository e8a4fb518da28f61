import { test } from 'vitest';
import type { Stores } from './stores.ts';

/** A fresh, migrated database. */
export interface StorageWorld {
  readonly stores: Stores;
  /** The same database, opened once more as another process would. */
  readonly another: () => Stores;
  readonly close: () => Promise<void>;
}

export type OpenStorage = () => Promise<StorageWorld>;

/** A `test` whose every case gets a database of its own. */
export function storageTest(open: OpenStorage) {
  return test.extend<{ world: StorageWorld; stores: Stores }>({
    world: async ({ task: _task }, use) => {
      const world = await open();
      await use(world);
      await world.close();
    },
    stores: async ({ world }, use) => {
      await use(world.stores);
    },
  });
}
