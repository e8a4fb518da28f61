import type { HookDetails, Hub } from '../hub.ts';
import { commentJson, issueJson } from '../json/issue-json.ts';
import { repositoryJson } from '../json/repository-json.ts';
import type {
  SimulatedReactionContent,
  SimulatedApp,
  SimulatedComment,
  SimulatedDelivery,
  SimulatedIssue,
  SimulatedReaction,
  SimulatedUser,
} from '../state.ts';

/** GitHub's documented limit of a comment, in characters. */
export const longestComment = 65_536;

interface CommentResult {
  readonly comment: SimulatedComment;
  readonly delivery: Promise<SimulatedDelivery | null>;
}

/** Who acts: a person, or an app as its bot. */
export interface Actor {
  readonly user: SimulatedUser;
  readonly app: SimulatedApp | null;
}

/** Adds a comment; sends `issue_comment.created`. */
export function addComment(hub: Hub, issue: SimulatedIssue, actor: Actor, body: string): CommentResult {
  const now = hub.clock.now();
  const comment: SimulatedComment = {
    id: hub.state.nextId(),
    issue,
    author: actor.user,
    viaApp: actor.app,
    createdAt: now,
    updatedAt: now,
    reactions: [],
    body,
    minimizedReason: null,
  };
  issue.comments.push(comment);
  issue.updatedAt = now;
  hub.changes.announce({ kind: 'comment', action: 'created', comment });
  return { comment, delivery: emitComment(hub, comment, 'created', { sender: actor.user }) };
}

/** Changes a comment's text; sends `issue_comment.edited` with the former text. */
export function editComment(
  hub: Hub,
  comment: SimulatedComment,
  sender: SimulatedUser,
  body: string,
): Promise<SimulatedDelivery | null> {
  const former = comment.body;
  comment.body = body;
  comment.updatedAt = hub.clock.now();
  hub.changes.announce({ kind: 'comment', action: 'edited', comment });
  return emitComment(hub, comment, 'edited', { sender, changes: { body: { from: former } } });
}

/** Removes a comment; sends `issue_comment.deleted`. */
export function deleteComment(
  hub: Hub,
  comment: SimulatedComment,
  sender: SimulatedUser,
): Promise<SimulatedDelivery | null> {
  comment.issue.comments.splice(comment.issue.comments.indexOf(comment), 1);
  hub.changes.announce({ kind: 'comment', action: 'deleted', comment });
  return emitComment(hub, comment, 'deleted', { sender });
}

/** Folds a comment away on the page; GitHub sends no event for it. */
export function minimizeComment(hub: Hub, comment: SimulatedComment, reason: string | null): void {
  comment.minimizedReason = reason;
  hub.changes.announce({ kind: 'comment', action: 'minimized', comment });
}

function emitComment(
  hub: Hub,
  comment: SimulatedComment,
  action: 'created' | 'edited' | 'deleted',
  { sender, ...more }: HookDetails,
): Promise<SimulatedDelivery | null> {
  const { issue } = comment;
  return hub.emit({
    event: 'issue_comment',
    action,
    repository: issue.repository,
    sender,
    facts: {
      ...more,
      issue: issueJson(hub, issue),
      comment: commentJson(hub, comment),
      repository: repositoryJson(hub, issue.repository),
    },
  });
}

/** What a reaction can be put on. */
export interface ReactionHolder {
  readonly issue: SimulatedIssue;
  readonly reactions: SimulatedReaction[];
}

/** Adds a reaction; the same one by the same account is returned instead of a second. */
export function addReaction(
  hub: Hub,
  holder: ReactionHolder,
  user: SimulatedUser,
  content: SimulatedReactionContent,
): { readonly reaction: SimulatedReaction; readonly isNew: boolean } {
  const known = holder.reactions.find((reaction) => reaction.user === user && reaction.content === content);
  if (known) return { reaction: known, isNew: false };
  const reaction = { id: hub.state.nextId(), user, content, createdAt: hub.clock.now() };
  holder.reactions.push(reaction);
  hub.changes.announce({ kind: 'reaction', action: 'added', issue: holder.issue, reaction });
  return { reaction, isNew: true };
}

export function removeReaction(hub: Hub, holder: ReactionHolder, reaction: SimulatedReaction): void {
  holder.reactions.splice(holder.reactions.indexOf(reaction), 1);
  hub.changes.announce({ kind: 'reaction', action: 'removed', issue: holder.issue, reaction });
}
