import type { HookDetails, Hub } from '../hub.ts';
import { issueJson } from '../json/issue-json.ts';
import { pullJson } from '../json/pull-json.ts';
import { repositoryJson } from '../json/repository-json.ts';
import type {
  PullPart,
  SimulatedDelivery,
  SimulatedIssue,
  SimulatedRepository,
  SimulatedUser,
} from '../state.ts';
import { requestCheckSuite } from './checks.ts';
import { emitPush, type Push } from './repositories.ts';

interface ThreadFacts {
  readonly author: SimulatedUser;
  readonly title: string;
  readonly body: string | null;
  readonly pull: PullPart | null;
}

interface ThreadResult {
  readonly issue: SimulatedIssue;
  readonly delivery: Promise<SimulatedDelivery | null>;
}

/** Opens an issue, or a pull request when `pull` is given; sends `issues.opened` or `pull_request.opened`. */
export function openThread(hub: Hub, repository: SimulatedRepository, facts: ThreadFacts): ThreadResult {
  const issue: SimulatedIssue = {
    id: hub.state.nextId(),
    repository,
    number: repository.issues.size + 1,
    createdAt: hub.clock.now(),
    updatedAt: hub.clock.now(),
    comments: [],
    reactions: [],
    closed: null,
    ...facts,
  };
  repository.issues.set(issue.number, issue);
  hub.changes.announce({ kind: 'thread', action: 'opened', issue });
  return { issue, delivery: emitThread(hub, issue, 'opened', { sender: facts.author }) };
}

/** Closes a thread; a pull request may be merged. */
export function closeThread(
  hub: Hub,
  issue: SimulatedIssue,
  by: SimulatedUser,
  isMerged: boolean,
): Promise<SimulatedDelivery | null> {
  const at = hub.clock.now();
  issue.closed = { at, by };
  issue.updatedAt = at;
  if (issue.pull && isMerged) issue.pull.merged = { at, by, sha: issue.pull.head.sha };
  hub.changes.announce({ kind: 'thread', action: 'closed', issue });
  return emitThread(hub, issue, 'closed', { sender: by });
}

export function reopenThread(
  hub: Hub,
  issue: SimulatedIssue,
  by: SimulatedUser,
): Promise<SimulatedDelivery | null> {
  issue.closed = null;
  issue.updatedAt = hub.clock.now();
  hub.changes.announce({ kind: 'thread', action: 'reopened', issue });
  return emitThread(hub, issue, 'reopened', { sender: by });
}

/**
 * Tells everyone about a commit just pushed: `push`, a check suite where the app writes checks, and `pull_request.synchronize`
 * for each open pull request whose head the branch is.
 */
export async function announceCommit(
  hub: Hub,
  repository: SimulatedRepository,
  push: Push,
): Promise<readonly SimulatedDelivery[]> {
  const { branch, commit } = push;
  const deliveries = [emitPush(hub, repository, push), requestCheckSuite(hub, repository, branch, commit)];
  for (const candidate of hub.state.repositories.values()) {
    for (const issue of candidate.issues.values()) {
      const head = issue.pull?.head;
      if (!head || issue.closed || head.repository !== repository || head.branch !== branch) continue;
      const before = head.sha;
      head.sha = commit.sha;
      candidate.commits.set(commit.sha, commit);
      issue.updatedAt = hub.clock.now();
      hub.changes.announce({ kind: 'thread', action: 'synchronized', issue });
      deliveries.push(
        emitThread(hub, issue, 'synchronize', { sender: commit.author, before, after: commit.sha }),
      );
    }
  }
  return (await Promise.all(deliveries)).filter((delivery) => delivery !== null);
}

function emitThread(
  hub: Hub,
  issue: SimulatedIssue,
  action: 'opened' | 'closed' | 'reopened' | 'synchronize',
  { sender, ...more }: HookDetails,
): Promise<SimulatedDelivery | null> {
  const { repository, pull } = issue;
  const subject = pull
    ? { number: issue.number, pull_request: pullJson(hub, issue, pull) }
    : { issue: issueJson(hub, issue) };
  return hub.emit({
    event: pull ? 'pull_request' : 'issues',
    action,
    repository,
    sender,
    facts: { ...subject, ...more, repository: repositoryJson(hub, repository) },
  });
}
