import { isoTime, isoTimeOrNull, nodeId, type Hub } from '../hub.ts';
import type { PullPart, SimulatedIssue, SimulatedRepository } from '../state.ts';
import { userJson } from './account-json.ts';
import { associationOf, threadPath } from './issue-json.ts';
import { fullName, repositoryJson, repositoryRefJson } from './repository-json.ts';

/** A pull request in a list. */
export function simplePullJson(hub: Hub, issue: SimulatedIssue, pull: PullPart) {
  const { repository } = issue;
  const repositoryApi = hub.links.api(`/repos/${fullName(repository)}`);
  const html = hub.links.html(threadPath(issue));
  const links = pullLinks(repositoryApi, issue.number, pull.head.sha);
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: issue.number,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    ...links,
    state: issue.closed ? 'closed' : 'open',
    locked: false,
    title: issue.title,
    user: userJson(hub, issue.author),
    body: issue.body,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: isoTimeOrNull(issue.closed?.at ?? null),
    merged_at: isoTimeOrNull(pull.merged?.at ?? null),
    merge_commit_sha: pull.merged?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.isDraft,
    head: sideJson(hub, pull.head.repository, pull.head),
    base: sideJson(hub, repository, pull.base),
    _links: {
      self: { href: links.url },
      html: { href: html },
      issue: { href: links.issue_url },
      comments: { href: links.comments_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      commits: { href: links.commits_url },
      statuses: { href: links.statuses_url },
    },
    author_association: associationOf(repository, issue.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

function pullLinks(repositoryApi: string, number: number, headSha: string) {
  const url = `${repositoryApi}/pulls/${number}`;
  return {
    url,
    issue_url: `${repositoryApi}/issues/${number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryApi}/pulls/comments{/number}`,
    comments_url: `${repositoryApi}/issues/${number}/comments`,
    statuses_url: `${repositoryApi}/statuses/${headSha}`,
  };
}

function sideJson(
  hub: Hub,
  repository: SimulatedRepository,
  side: { readonly branch: string; readonly sha: string },
) {
  return {
    label: `${repository.owner.login}:${side.branch}`,
    ref: side.branch,
    sha: side.sha,
    user: userJson(hub, repository.owner),
    repo: repositoryJson(hub, repository),
  };
}

/** The answer of `GET /repos/{owner}/{repo}/pulls/{pull_number}`, and the pull request of a webhook. */
export function pullJson(hub: Hub, issue: SimulatedIssue, pull: PullPart) {
  return {
    ...simplePullJson(hub, issue, pull),
    merged: pull.merged !== null,
    mergeable: issue.closed ? null : true,
    rebaseable: issue.closed ? null : true,
    mergeable_state: issue.closed ? 'unknown' : 'clean',
    merged_by: pull.merged && userJson(hub, pull.merged.by),
    comments: issue.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  };
}

/** A pull request as a check run names it. */
export function pullRefJson(hub: Hub, issue: SimulatedIssue, pull: PullPart) {
  const base = repositoryRefJson(hub, issue.repository);
  return {
    url: hub.links.api(`/repos/${fullName(issue.repository)}/pulls/${issue.number}`),
    id: pull.id,
    number: issue.number,
    head: { ref: pull.head.branch, sha: pull.head.sha, repo: repositoryRefJson(hub, pull.head.repository) },
    base: { ref: pull.base.branch, sha: pull.base.sha, repo: base },
  };
}
