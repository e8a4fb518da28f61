import { createHash } from 'node:crypto';
import { ClawBenchError } from '../../../domain/errors.ts';
import type { Hub } from '../hub.ts';
import { isoTime } from '../hub.ts';
import { emailOf, fullName, repositoryJson, simpleCommitJson } from '../json/repository-json.ts';
import type { SimulatedCommit, SimulatedDelivery, SimulatedRepository, SimulatedUser } from '../state.ts';

export interface RepositoryFacts {
  readonly owner: SimulatedUser;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  /** Path to text of the first commit. */
  readonly files: Readonly<Record<string, string>>;
}

/** Creates a repository with one commit on its default branch. */
export function addRepository(hub: Hub, facts: RepositoryFacts): SimulatedRepository {
  const repository = emptyRepository(hub, facts, null);
  const files = new Map(Object.entries(facts.files));
  addCommit(hub, repository, { branch: facts.defaultBranch, author: facts.owner, message: 'Begin', files });
  return repository;
}

/** Copies a repository with its commits and branches to another owner. */
export function forkRepository(
  hub: Hub,
  origin: SimulatedRepository,
  owner: SimulatedUser,
): SimulatedRepository {
  const known = hub.state.repositories.get(`${owner.login}/${origin.name}`.toLowerCase());
  if (known) return known;
  const fork = emptyRepository(hub, { ...origin, owner }, origin);
  for (const [sha, commit] of origin.commits) fork.commits.set(sha, commit);
  for (const [branch, sha] of origin.branches) fork.branches.set(branch, sha);
  return fork;
}

function emptyRepository(
  hub: Hub,
  facts: Omit<RepositoryFacts, 'files'>,
  forkOf: SimulatedRepository | null,
): SimulatedRepository {
  const key = `${facts.owner.login}/${facts.name}`.toLowerCase();
  if (hub.state.repositories.has(key)) {
    throw new ClawBenchError('conflict', `the simulated GitHub has a repository ${key} already`);
  }
  const repository: SimulatedRepository = {
    id: hub.state.nextId(),
    owner: facts.owner,
    name: facts.name,
    isPrivate: facts.isPrivate,
    description: facts.description,
    defaultBranch: facts.defaultBranch,
    forkOf,
    createdAt: hub.clock.now(),
    pushedAt: hub.clock.now(),
    collaborators: new Map(),
    branches: new Map(),
    commits: new Map(),
    issues: new Map(),
    checkSuites: new Map(),
    checkRuns: new Map(),
  };
  hub.state.repositories.set(key, repository);
  return repository;
}

/** @throws ClawBenchError `not-found` for an `owner/name` that does not exist. */
export function requireRepository(hub: Hub, name: string): SimulatedRepository {
  const repository = hub.state.repositories.get(name.toLowerCase());
  if (repository) return repository;
  throw new ClawBenchError('not-found', `the simulated GitHub has no repository ${name}`);
}

/** A commit that a branch has just moved to. */
export interface Push {
  readonly branch: string;
  readonly commit: SimulatedCommit;
  readonly isNewBranch: boolean;
}

export interface CommitFacts {
  readonly branch: string;
  readonly author: SimulatedUser;
  readonly message: string;
  /** Files added or changed; the others stay. */
  readonly files: ReadonlyMap<string, string>;
}

/** Adds a commit to a branch, which begins at the default branch's head when it is new. Sends nothing. */
export function addCommit(hub: Hub, repository: SimulatedRepository, facts: CommitFacts): SimulatedCommit {
  const parentSha =
    repository.branches.get(facts.branch) ?? repository.branches.get(repository.defaultBranch);
  const parent = parentSha === undefined ? undefined : repository.commits.get(parentSha);
  const files = new Map([...(parent?.files ?? []), ...facts.files]);
  const sha1 = (value: unknown) => createHash('sha1').update(JSON.stringify(value)).digest('hex');
  const treeSha = sha1(['tree', [...files]]);
  const committedAt = hub.clock.now();
  const parents = parentSha === undefined ? [] : [parentSha];
  const sha = sha1([treeSha, parents, facts.message, facts.author.login, committedAt, hub.state.nextId()]);
  const { message, author } = facts;
  const commit = { sha, treeSha, message, author, parents, committedAt, files };
  repository.commits.set(sha, commit);
  repository.branches.set(facts.branch, sha);
  repository.pushedAt = committedAt;
  return commit;
}

/** Sends the `push` event of a commit just added. */
export function emitPush(
  hub: Hub,
  repository: SimulatedRepository,
  { branch, commit, isNewBranch }: Push,
): Promise<SimulatedDelivery | null> {
  const person = {
    name: commit.author.login,
    email: emailOf(commit.author),
    username: commit.author.login,
  };
  const html = hub.links.html(`/${fullName(repository)}`);
  const before = (isNewBranch ? undefined : commit.parents[0]) ?? '0'.repeat(40);
  const facts = {
    ...simpleCommitJson(commit),
    author: person,
    committer: person,
    distinct: true,
    timestamp: isoTime(commit.committedAt),
    url: `${html}/commit/${commit.sha}`,
    added: [],
    removed: [],
    modified: changedPaths(repository, commit),
  };
  return hub.emit({
    event: 'push',
    action: null,
    repository,
    sender: commit.author,
    facts: {
      ref: `refs/heads/${branch}`,
      before,
      after: commit.sha,
      created: isNewBranch,
      deleted: false,
      forced: false,
      base_ref: null,
      compare: `${html}/compare/${before.slice(0, 12)}...${commit.sha.slice(0, 12)}`,
      commits: [facts],
      head_commit: facts,
      pusher: { name: commit.author.login, email: emailOf(commit.author) },
      repository: repositoryJson(hub, repository),
    },
  });
}

function changedPaths(repository: SimulatedRepository, commit: SimulatedCommit): string[] {
  const before = repository.commits.get(commit.parents[0] ?? '')?.files;
  return [...commit.files].flatMap(([path, text]) => (before?.get(path) === text ? [] : [path]));
}

/** The commit that a SHA, branch name or `heads/…` reference names. */
export function resolveCommit(
  repository: SimulatedRepository,
  reference: string,
): SimulatedCommit | undefined {
  const branch = reference.replace(/^(refs\/)?heads\//, '');
  return repository.commits.get(repository.branches.get(branch) ?? reference);
}
