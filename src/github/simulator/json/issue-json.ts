import { isoTime, isoTimeOrNull, nodeId, type Hub } from '../hub.ts';
import {
  reactionContents,
  type SimulatedComment,
  type SimulatedIssue,
  type SimulatedReaction,
  type SimulatedRepository,
  type SimulatedUser,
} from '../state.ts';
import { appJson, userJson } from './account-json.ts';
import { fullName } from './repository-json.ts';

/** GitHub's rough label of who someone is to a repository; never a permission. */
export function associationOf(repository: SimulatedRepository, user: SimulatedUser): string {
  if (user.login === repository.owner.login) return 'OWNER';
  if (repository.collaborators.has(user.login.toLowerCase())) return 'COLLABORATOR';
  const contributed = [...repository.commits.values()].some((commit) => commit.author === user);
  return contributed ? 'CONTRIBUTOR' : 'NONE';
}

export function rollupJson(url: string, reactions: readonly SimulatedReaction[]) {
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function reactionJson(hub: Hub, reaction: SimulatedReaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userJson(hub, reaction.user),
    content: reaction.content,
    created_at: isoTime(reaction.createdAt),
  };
}

/** Path of a thread's page. */
export function threadPath(issue: SimulatedIssue): string {
  return `/${fullName(issue.repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
}

/** An issue, or a pull request seen as one, as webhooks carry it. */
export function issueJson(hub: Hub, issue: SimulatedIssue) {
  const repositoryApi = hub.links.api(`/repos/${fullName(issue.repository)}`);
  const api = `${repositoryApi}/issues/${issue.number}`;
  const html = hub.links.html(threadPath(issue));
  return {
    url: api,
    repository_url: repositoryApi,
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: html,
    id: issue.id,
    node_id: issue.pull ? nodeId('PR', issue.pull.id) : nodeId('I', issue.id),
    number: issue.number,
    title: issue.title,
    user: userJson(hub, issue.author),
    labels: [],
    state: issue.closed ? 'closed' : 'open',
    state_reason: issue.closed && !issue.pull ? 'completed' : null,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments.length,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: isoTimeOrNull(issue.closed?.at ?? null),
    author_association: associationOf(issue.repository, issue.author),
    active_lock_reason: null,
    body: issue.body,
    reactions: rollupJson(api, issue.reactions),
    timeline_url: `${api}/timeline`,
    performed_via_github_app: null,
    ...(issue.pull && {
      draft: issue.pull.isDraft,
      pull_request: {
        url: `${repositoryApi}/pulls/${issue.number}`,
        html_url: html,
        diff_url: `${html}.diff`,
        patch_url: `${html}.patch`,
        merged_at: isoTimeOrNull(issue.pull.merged?.at ?? null),
      },
    }),
  };
}

/** The answer of `GET /repos/{owner}/{repo}/issues/{issue_number}`. */
export function fullIssueJson(hub: Hub, issue: SimulatedIssue) {
  return {
    ...issueJson(hub, issue),
    closed_by: issue.closed ? userJson(hub, issue.closed.by) : null,
  };
}

/** A comment, the same in webhooks and REST. */
export function commentJson(hub: Hub, comment: SimulatedComment) {
  const { issue } = comment;
  const repositoryApi = hub.links.api(`/repos/${fullName(issue.repository)}`);
  const api = `${repositoryApi}/issues/comments/${comment.id}`;
  return {
    url: api,
    html_url: `${hub.links.html(threadPath(issue))}#issuecomment-${comment.id}`,
    issue_url: `${repositoryApi}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: userJson(hub, comment.author),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    author_association: associationOf(issue.repository, comment.author),
    body: comment.body,
    reactions: rollupJson(api, comment.reactions),
    performed_via_github_app: comment.viaApp && appJson(hub, comment.viaApp),
  };
}
