import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { ClawBenchError } from '../../domain/errors.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Lease } from '../../domain/lease.ts';
import { type Artifact, type ArtifactStore, maxArtifactBytes } from '../artifact-store.ts';
import { artifactOf, artifactRow } from './artifact-rows.ts';
import { type SqlDatabase, storableText } from './database.ts';
import { holdTrial } from './fencing.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export class SqlArtifactStore implements ArtifactStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async put(
    lease: Lease,
    file: { readonly name: string; readonly kind: string; readonly bytes: Uint8Array },
  ): Promise<Artifact> {
    const { byteLength: size } = file.bytes;
    if (size > maxArtifactBytes) {
      throw new ClawBenchError('limit-reached', `the file ${file.name} has ${size} bytes`, {
        hint: `At most ${maxArtifactBytes} bytes are kept of a file; cut it first.`,
      });
    }
    const artifact: Artifact = {
      runId: lease.runId,
      trialId: lease.trialId,
      name: storableText(file.name),
      kind: file.kind,
      digest: digestOf(file.bytes),
      size,
    };
    const zstd = await compress(file.bytes);
    const { digest } = artifact;
    await this.#database.write(async (transaction) => {
      await holdTrial(this.#database, transaction, lease);
      await transaction
        .insertInto('blobs')
        .values({ digest, size, zstd })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
      const row = artifactRow(artifact);
      await transaction
        .insertInto('artifacts')
        .values(row)
        .onConflict((conflict) => conflict.columns(['trial_id', 'name']).doUpdateSet(row))
        .execute();
    });
    return artifact;
  }

  async ofRun(runId: RunId): Promise<readonly Artifact[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom('artifacts')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('trial_id')
        .orderBy('name')
        .execute(),
    );
    return rows.map(artifactOf);
  }

  async read(digest: string): Promise<Uint8Array | undefined> {
    const row = await this.#database.query((db) =>
      db.selectFrom('blobs').select('zstd').where('digest', '=', digest).executeTakeFirst(),
    );
    if (!row) return undefined;
    const bytes = await decompress(row.zstd, { maxOutputLength: maxArtifactBytes }).catch(() => undefined);
    if (bytes && digestOf(bytes) === digest) return bytes;
    throw new ClawBenchError('internal', `row ${digest} of blobs is not what its digest says`, {
      hint: 'The database was changed by hand or its disk is failing; restore it.',
    });
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
