import { formatThread, type Thread } from '../domain/thread.ts';
import type { AppIdentity } from './app-identity.ts';
import type { CommentCreated } from './events.ts';
import type { CommentSeal, MarkerFields } from './publish/marker.ts';
import type { RepositoryClient } from './repository-client.ts';

/** A reply, and since when (ISO 8601) an equal one may already stand in the thread. */
interface Reply {
  readonly fields: MarkerFields;
  readonly since: string;
  readonly text: string;
}

/**
 * Answers in a thread that are said once: what was said already is found by the signed marker of our own comments there,
 * so neither a second delivery nor a restart repeats it.
 */
export class ThreadReplies {
  readonly #seal: CommentSeal;
  readonly #identity: AppIdentity;

  constructor(seal: CommentSeal, identity: AppIdentity) {
    this.#seal = seal;
    this.#identity = identity;
  }

  /** Answers a comment. */
  async reply(
    client: RepositoryClient,
    { thread, commentId, createdAt }: CommentCreated,
    text: string,
  ): Promise<void> {
    await this.#say(client, thread, {
      fields: { kind: 'reply', comment: String(commentId) },
      since: createdAt,
      text,
    });
  }

  /** Tells someone that they may not; once for each person, thread and day (UTC, by GitHub's clock). */
  async deny(
    client: RepositoryClient,
    { thread, author, createdAt }: CommentCreated,
    text: string,
  ): Promise<void> {
    const day = createdAt.slice(0, 10);
    await this.#say(client, thread, {
      fields: { kind: 'denied', who: author.login.toLowerCase(), day },
      since: `${day}T00:00:00Z`,
      text,
    });
  }

  async #say(client: RepositoryClient, thread: Thread, { fields, since, text }: Reply): Promise<void> {
    const place = formatThread(thread);
    const wanted = JSON.stringify(fields);
    for (const comment of await client.commentsSince(thread.number, since)) {
      const sealed = this.#seal.open(place, comment.body);
      if (sealed && JSON.stringify(sealed.fields) === wanted && (await this.#identity.wrote(comment))) return;
    }
    await client.createComment(thread.number, this.#seal.close(place, { fields, text }));
  }
}
