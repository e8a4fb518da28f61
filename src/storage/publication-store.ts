import type { Timestamp } from '../domain/clock.ts';
import type { RunId } from '../domain/ids.ts';

/** What a publication is about: one comment per (thread, benchmark), one check per (repository and commit, benchmark). */
export interface PublicationKey {
  readonly kind: 'comment' | 'check';
  /** `formatThread` for a comment; `gh:owner/repo@sha` for a check. */
  readonly place: string;
  readonly benchmark: string;
}

/** Something we keep up to date at GitHub. */
export interface Publication extends PublicationKey {
  /** GitHub's id of the comment or check run; null between the intent to create and its answer. */
  readonly remoteId: number | null;
  /** The newest run shown there. */
  readonly runId: RunId;
  /** Digest of the content GitHub last confirmed; null when unknown. */
  readonly contentDigest: string | null;
  /** True once a terminal state is shown. */
  readonly settled: boolean;
  readonly updatedAt: Timestamp;
}

/** Comments and checks we own, so that a restart goes on with them instead of making new ones. */
export interface PublicationStore {
  get(key: PublicationKey): Promise<Publication | undefined>;
  /** Creates or replaces. */
  save(publication: Publication): Promise<void>;
  ofRun(runId: RunId): Promise<readonly Publication[]>;
  /** Those that do not yet show a terminal state, oldest update first. */
  unsettled(limit: number): Promise<readonly Publication[]>;
}
