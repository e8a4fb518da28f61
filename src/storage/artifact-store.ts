import type { RunId, TrialId } from '../domain/ids.ts';
import type { Lease } from '../domain/lease.ts';

/** A kept file. Bytes are stored once per digest, compressed with zstd. */
export interface Artifact {
  readonly runId: RunId;
  readonly trialId: TrialId;
  /** Unique within the trial. */
  readonly name: string;
  readonly kind: string;
  /** `sha256:` over the uncompressed bytes. */
  readonly digest: string;
  readonly size: number;
}

export const maxArtifactBytes = 8 * 1024 * 1024;

/** Files kept from trials. */
export interface ArtifactStore {
  /**
   * Keeps a file of a held trial; the same name again replaces it.
   * @throws ClawBenchError `lease-lost`, or `limit-reached` over {@link maxArtifactBytes}.
   */
  put(
    lease: Lease,
    file: { readonly name: string; readonly kind: string; readonly bytes: Uint8Array },
  ): Promise<Artifact>;
  ofRun(runId: RunId): Promise<readonly Artifact[]>;
  read(digest: string): Promise<Uint8Array | undefined>;
}
