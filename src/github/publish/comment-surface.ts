import { formatThread, type Thread } from '../../domain/thread.ts';
import type { Run } from '../../domain/run.ts';
import type { Timestamp } from '../../domain/clock.ts';
import type { PublicationKey } from '../../storage/publication-store.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { RepositoryClient, ThreadComment } from '../repository-client.ts';
import type { CommentSeal } from './marker.ts';
import type { Surface } from './publication-keeper.ts';

/** GitHub's clock and ours may differ by this much when a lost comment is looked for. */
const clockSkewMs = 600_000;

export interface CommentSurfaceParts {
  readonly client: RepositoryClient;
  readonly identity: AppIdentity;
  readonly seal: CommentSeal;
}

/** The one comment of a benchmark in a thread. */
export class CommentSurface implements Surface {
  readonly key: PublicationKey;
  readonly content: string;
  readonly #parts: CommentSurfaceParts;
  readonly #thread: Thread;

  /** @param text what the comment shows, without its marker. */
  constructor(parts: CommentSurfaceParts, run: Run, thread: Thread, text: string) {
    const { benchmark } = run.spec.pack;
    const place = formatThread(thread);
    this.#parts = parts;
    this.#thread = thread;
    this.key = { kind: 'comment', place, benchmark };
    this.content = parts.seal.close(place, { fields: { kind: 'run', run: run.id, benchmark }, text });
  }

  async find(since: Timestamp): Promise<number | undefined> {
    const from = new Date(since - clockSkewMs).toISOString();
    const comments = await this.#parts.client.commentsSince(this.#thread.number, from);
    for (const comment of comments.toReversed()) {
      if (await this.#isOurs(comment)) return comment.id;
    }
    return undefined;
  }

  async create(): Promise<number> {
    return await this.#parts.client.createComment(this.#thread.number, this.content);
  }

  async update(remoteId: number): Promise<'updated' | 'lost'> {
    const comment = await this.#parts.client.comment(remoteId);
    if (!comment || !(await this.#isOurs(comment))) return 'lost';
    await this.#parts.client.editComment(remoteId, this.content);
    return 'updated';
  }

  /** Ours, about this benchmark, and as we left it. */
  async #isOurs(comment: ThreadComment): Promise<boolean> {
    const sealed = this.#parts.seal.open(this.key.place, comment.body);
    const isKind = sealed?.fields['kind'] === 'run' && sealed.fields['benchmark'] === this.key.benchmark;
    return isKind && (await this.#parts.identity.wrote(comment));
  }
}
