import type { Role } from '../../domain/access.ts';
import { ClawBenchError } from '../../domain/errors.ts';
import type { SimulatorChange } from './changes.ts';
import { characters } from './exchange.ts';
import type { FaultBox } from './faults.ts';
import type { WebhookSender } from './hooks/webhook-sender.ts';
import type { Hub } from './hub.ts';
import {
  addApp,
  ensureUser,
  installApp,
  removeInstallation,
  requireUser,
  suspendInstallation,
} from './resources/accounts.ts';
import { rerequestCheckRun, requestCheckAction } from './resources/checks.ts';
import {
  addComment,
  addReaction,
  deleteComment,
  editComment,
  longestComment,
  type Actor,
} from './resources/comments.ts';
import { addCommit, addRepository, forkRepository, requireRepository } from './resources/repositories.ts';
import { announceCommit, closeThread, openThread, reopenThread } from './resources/threads.ts';
import type {
  CollaboratorRole,
  SimulatedReactionContent,
  SimulatedApp,
  SimulatedCheckRun,
  SimulatedComment,
  SimulatedDelivery,
  SimulatedInstallation,
  SimulatedIssue,
} from './state.ts';
import { threadView, type ThreadView } from './thread-view.ts';

/** A conversation by its repository's `owner/name` and its number. */
export interface ThreadName {
  readonly repository: string;
  readonly number: number;
}

export interface OpenedThread extends ThreadName {
  readonly url: string;
  /** Of a pull request. */
  readonly headSha: string | null;
  readonly delivery: SimulatedDelivery | null;
}

export interface WrittenComment {
  readonly id: number;
  readonly delivery: SimulatedDelivery | null;
}

interface NewRepository {
  readonly isPrivate?: boolean;
  readonly description?: string;
  readonly defaultBranch?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** The owner is an organisation, not a person. */
  readonly isOrganization?: boolean;
}

interface NewThread {
  readonly repository: string;
  /** Login of its author. */
  readonly author: string;
  readonly title: string;
  readonly body?: string;
}

interface NewPullRequest extends NewThread {
  /** Name of the head branch; made with one commit. */
  readonly branch?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Open it from a fork that belongs to the author. */
  readonly isFromFork?: boolean;
}

/**
 * What people do on GitHub, for tests and the demo. Logins that are new become people. Whatever GitHub tells the app about is
 * awaited: a returned delivery says what the app's server answered, null that the app was not told.
 */
export class SimulatorWorld {
  readonly #hub: Hub;
  readonly #app: SimulatedApp;
  readonly #sender: WebhookSender;
  /** What goes wrong with the API. */
  readonly faults: FaultBox;

  constructor(hub: Hub, app: SimulatedApp, sender: WebhookSender, faults: FaultBox) {
    this.#hub = hub;
    this.#app = app;
    this.#sender = sender;
    this.faults = faults;
  }

  /** Creates `owner/name` with one commit on its default branch. Returns the commit's SHA. */
  createRepository(name: string, facts: NewRepository = {}): string {
    const [ownerLogin = '', repositoryName = ''] = name.split('/');
    const defaultBranch = facts.defaultBranch ?? 'main';
    const repository = addRepository(this.#hub, {
      owner: ensureUser(this.#hub, ownerLogin, facts.isOrganization ? 'Organization' : 'User'),
      name: repositoryName,
      isPrivate: facts.isPrivate ?? false,
      description: facts.description ?? null,
      defaultBranch,
      files: facts.files ?? { 'README.md': `# ${repositoryName}\n` },
    });
    return repository.branches.get(defaultBranch) ?? '';
  }

  /** Creates an account, unless the login exists. */
  createUser(login: string): void {
    ensureUser(this.#hub, login);
  }

  /** Registers another app, whose bot `slug[bot]` can then comment. */
  createApp(slug: string): void {
    const id = this.#hub.state.nextId();
    addApp(this.#hub, { id, slug, ownerLogin: slug, permissions: {}, events: [] });
  }

  /** Gives someone a role; a custom role of an organisation has a name and the role it builds on. */
  addCollaborator(repository: string, login: string, role: Exclude<Role, 'none'> | CollaboratorRole): void {
    ensureUser(this.#hub, login);
    const standing = typeof role === 'string' ? { base: role, name: role } : role;
    requireRepository(this.#hub, repository).collaborators.set(login.toLowerCase(), standing);
  }

  removeCollaborator(repository: string, login: string): void {
    requireRepository(this.#hub, repository).collaborators.delete(login.toLowerCase());
  }

  /** Installs the app for an account, on some of its repositories or on all. */
  async install(
    account: string,
    repositories: readonly string[] | 'all' = 'all',
  ): Promise<{ readonly installationId: number; readonly delivery: SimulatedDelivery | null }> {
    const chosen =
      repositories === 'all' ? repositories : repositories.map((name) => requireRepository(this.#hub, name));
    const result = installApp(this.#hub, this.#app, ensureUser(this.#hub, account), chosen);
    return { installationId: result.installation.id, delivery: await result.delivery };
  }

  uninstall(installationId: number): Promise<SimulatedDelivery | null> {
    return removeInstallation(this.#hub, this.#installation(installationId));
  }

  suspend(installationId: number, isSuspended = true): Promise<SimulatedDelivery | null> {
    return suspendInstallation(this.#hub, this.#installation(installationId), isSuspended);
  }

  async openIssue(facts: NewThread): Promise<OpenedThread> {
    const repository = requireRepository(this.#hub, facts.repository);
    const author = ensureUser(this.#hub, facts.author);
    const { title, body = null } = facts;
    return this.#opened(openThread(this.#hub, repository, { author, title, body, pull: null }));
  }

  /** Pushes a branch with one commit and opens a pull request from it. */
  async openPullRequest(facts: NewPullRequest): Promise<OpenedThread> {
    const repository = requireRepository(this.#hub, facts.repository);
    const author = ensureUser(this.#hub, facts.author);
    const home = facts.isFromFork ? forkRepository(this.#hub, repository, author) : repository;
    const baseSha = repository.branches.get(repository.defaultBranch) ?? '';
    const branch = facts.branch ?? `change-${repository.issues.size + 1}`;
    const files = new Map(Object.entries(facts.files ?? { 'CHANGE.md': `${facts.title}\n` }));
    const { title, body = null } = facts;
    const commit = addCommit(this.#hub, home, { branch, author, message: title, files });
    repository.commits.set(commit.sha, commit);
    await announceCommit(this.#hub, home, { branch, commit, isNewBranch: true });
    const pull = {
      id: this.#hub.state.nextId(),
      head: { repository: home, branch, sha: commit.sha },
      base: { branch: repository.defaultBranch, sha: baseSha },
      isDraft: false,
      merged: null,
    };
    return this.#opened(openThread(this.#hub, repository, { author, title, body, pull }));
  }

  /** Adds a commit to a pull request's branch. Returns the new head SHA and every delivery it caused. */
  async push(
    thread: ThreadName,
    files: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly sha: string; readonly deliveries: readonly SimulatedDelivery[] }> {
    const { pull, author } = this.#issue(thread);
    if (!pull) throw new ClawBenchError('invalid-input', `#${thread.number} is not a pull request`);
    const { repository, branch } = pull.head;
    const facts = {
      branch,
      author,
      message: `Change #${thread.number}`,
      files: new Map(Object.entries(files)),
    };
    const commit = addCommit(this.#hub, repository, facts);
    return {
      sha: commit.sha,
      deliveries: await announceCommit(this.#hub, repository, { branch, commit, isNewBranch: false }),
    };
  }

  /** Closes an issue, or closes or merges a pull request. */
  close(
    thread: ThreadName,
    login: string,
    how: 'closed' | 'merged' = 'closed',
  ): Promise<SimulatedDelivery | null> {
    return closeThread(this.#hub, this.#issue(thread), ensureUser(this.#hub, login), how === 'merged');
  }

  reopen(thread: ThreadName, login: string): Promise<SimulatedDelivery | null> {
    return reopenThread(this.#hub, this.#issue(thread), ensureUser(this.#hub, login));
  }

  /**
   * Writes a comment. A login that ends in `[bot]` writes as that app.
   * @throws ClawBenchError `invalid-input` for more than 65,536 characters.
   */
  async comment(thread: ThreadName, login: string, body: string): Promise<WrittenComment> {
    if (characters(body) > longestComment) {
      throw new ClawBenchError('invalid-input', `a comment has at most ${longestComment} characters`);
    }
    const { comment, delivery } = addComment(this.#hub, this.#issue(thread), this.#actor(login), body);
    return { id: comment.id, delivery: await delivery };
  }

  editComment(commentId: number, login: string, body: string): Promise<SimulatedDelivery | null> {
    return editComment(this.#hub, this.#comment(commentId), this.#actor(login).user, body);
  }

  deleteComment(commentId: number, login: string): Promise<SimulatedDelivery | null> {
    return deleteComment(this.#hub, this.#comment(commentId), this.#actor(login).user);
  }

  /** Reacts to a comment. */
  react(commentId: number, login: string, content: SimulatedReactionContent): void {
    addReaction(this.#hub, this.#comment(commentId), this.#actor(login).user, content);
  }

  /** Clicks "Re-run" of a completed check run. */
  rerequest(checkRunId: number, login: string): Promise<SimulatedDelivery | null> {
    return rerequestCheckRun(this.#hub, this.#checkRun(checkRunId), ensureUser(this.#hub, login));
  }

  /** Clicks one of the app's own buttons on a completed check run. */
  clickAction(checkRunId: number, login: string, identifier: string): Promise<SimulatedDelivery | null> {
    const run = this.#checkRun(checkRunId);
    if (!run.actions.some((action) => action.identifier === identifier)) {
      throw new ClawBenchError('not-found', `check run ${checkRunId} has no button ${identifier}`);
    }
    return requestCheckAction(this.#hub, run, ensureUser(this.#hub, login), identifier);
  }

  /** The thread as a person sees it now. */
  thread(thread: ThreadName): ThreadView {
    return threadView(this.#hub, this.#issue(thread));
  }

  /** Every thread, oldest first. */
  threads(): readonly ThreadView[] {
    return [...this.#hub.state.repositories.values()].flatMap((repository) =>
      [...repository.issues.values()].map((issue) => threadView(this.#hub, issue)),
    );
  }

  /** Every attempt to deliver an event, oldest first. */
  deliveries(): readonly SimulatedDelivery[] {
    return [...this.#hub.state.deliveries];
  }

  /** Sends an event again: same GUID and body. */
  redeliver(delivery: SimulatedDelivery): Promise<SimulatedDelivery> {
    return this.#sender.redeliver(delivery);
  }

  /** Points the app's webhook somewhere, or nowhere. */
  setWebhook(url: string | null, secret: string): void {
    this.#sender.setTarget(url === null ? null : { url, secret });
  }

  /** Sends the event that GitHub sends when a webhook is created. */
  ping(): Promise<SimulatedDelivery | null> {
    const facts = { zen: 'Keep it logically awesome.', hook_id: 488_000_001, hook: this.#hook() };
    return this.#hub.emit({ event: 'ping', action: null, repository: null, sender: this.#app.owner, facts });
  }

  /** Keeps events back until the returned function is called, which sends them in the order given. */
  holdWebhooks(): (order?: 'kept' | 'reversed') => void {
    return this.#sender.hold();
  }

  /** Resolves when no webhook delivery is under way. */
  idle(): Promise<void> {
    return this.#sender.idle();
  }

  /** The next change that matches. @throws ClawBenchError `timeout` */
  nextChange(
    matches: (change: SimulatorChange) => boolean,
    timeoutMilliseconds: number,
  ): Promise<SimulatorChange> {
    return this.#hub.changes.next(matches, timeoutMilliseconds);
  }

  /**
   * The first thing other than undefined that `look` finds in the thread, now or after any change.
   * @throws ClawBenchError `timeout`
   */
  until<T>(
    thread: ThreadName,
    look: (view: ThreadView) => T | undefined,
    timeoutMilliseconds: number,
  ): Promise<T> {
    return this.#hub.changes.until(() => look(this.thread(thread)), timeoutMilliseconds);
  }

  async #opened(result: {
    readonly issue: SimulatedIssue;
    readonly delivery: Promise<SimulatedDelivery | null>;
  }): Promise<OpenedThread> {
    const { repository, number, url, headSha } = threadView(this.#hub, result.issue);
    return { repository, number, url, headSha, delivery: await result.delivery };
  }

  #hook() {
    const api = this.#hub.links.api('/app/hook');
    const at = new Date(this.#app.createdAt).toISOString();
    const config = {
      content_type: 'json',
      insecure_ssl: '0',
      secret: '********',
      url: this.#sender.target?.url ?? '',
    };
    return {
      type: 'App',
      id: 488_000_001,
      name: 'web',
      active: true,
      app_id: this.#app.id,
      events: this.#app.events,
      config,
      updated_at: at,
      created_at: at,
      url: `${api}/config`,
      ping_url: `${api}/pings`,
      deliveries_url: `${api}/deliveries`,
    };
  }

  #actor(login: string): Actor {
    const isBot = login.endsWith('[bot]');
    const user = isBot ? requireUser(this.#hub, login) : ensureUser(this.#hub, login);
    const app = [...this.#hub.state.apps.values()].find(({ bot }) => bot === user) ?? null;
    return { user, app };
  }

  #issue({ repository, number }: ThreadName): SimulatedIssue {
    const issue = requireRepository(this.#hub, repository).issues.get(number);
    if (issue) return issue;
    throw new ClawBenchError('not-found', `${repository} has no issue or pull request ${number}`);
  }

  #installation(id: number): SimulatedInstallation {
    const installation = this.#hub.state.installations.get(id);
    if (installation) return installation;
    throw new ClawBenchError('not-found', `the simulated GitHub has no installation ${id}`);
  }

  #comment(id: number): SimulatedComment {
    for (const repository of this.#hub.state.repositories.values()) {
      for (const issue of repository.issues.values()) {
        const comment = issue.comments.find((candidate) => candidate.id === id);
        if (comment) return comment;
      }
    }
    throw new ClawBenchError('not-found', `the simulated GitHub has no comment ${id}`);
  }

  #checkRun(id: number): SimulatedCheckRun {
    for (const repository of this.#hub.state.repositories.values()) {
      const run = repository.checkRuns.get(id);
      if (run) return run;
    }
    throw new ClawBenchError('not-found', `the simulated GitHub has no check run ${id}`);
  }
}
