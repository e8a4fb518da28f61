import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The file SQLite appends transactions to before they reach the database. With `synchronous = normal` SQLite leaves it to
 * the system when that file reaches the disk; syncing it here instead of by `synchronous = full` does not block the process.
 */
export class WriteAheadLog {
  readonly #path: string;
  #opened: Promise<FileHandle> | undefined;

  /** @param databasePath of a database in WAL mode that this process holds open. */
  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /** Resolves when every transaction that ended before the call survives a power cut. @throws the system’s error. */
  async sync(): Promise<void> {
    this.#opened ??= this.#open();
    const file = await this.#opened;
    await file.datasync();
  }

  async close(): Promise<void> {
    const file = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await file?.close();
  }

  async #open(): Promise<FileHandle> {
    try {
      // A file whose name is not on the disk is lost whatever is in it.
      await using folder = await open(dirname(this.#path));
      await folder.sync();
      return await open(this.#path);
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}
