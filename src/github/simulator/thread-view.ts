import { isoTime, type Hub } from './hub.ts';
import { fullName } from './json/repository-json.ts';
import { threadPath } from './json/issue-json.ts';
import type {
  CheckAction,
  CheckAnnotation,
  CheckStatus,
  SimulatedReactionContent,
  SimulatedCheckRun,
  SimulatedComment,
  SimulatedIssue,
  SimulatedReaction,
} from './state.ts';

export interface ReactionView {
  readonly login: string;
  readonly content: SimulatedReactionContent;
}

export interface CommentView {
  readonly id: number;
  readonly login: string;
  readonly body: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly isEdited: boolean;
  readonly minimizedReason: string | null;
  /** Slug of the app that wrote it. */
  readonly viaApp: string | null;
  readonly reactions: readonly ReactionView[];
}

export interface CheckRunView {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly detailsUrl: string;
  readonly status: CheckStatus;
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: readonly CheckAnnotation[];
  readonly actions: readonly CheckAction[];
}

/** A thread as a person sees it at this moment: a copy that does not change any more. */
export interface ThreadView {
  readonly repository: string;
  readonly number: number;
  readonly kind: 'issue' | 'pull';
  readonly url: string;
  readonly title: string;
  readonly body: string | null;
  readonly login: string;
  readonly createdAt: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** Of a pull request. */
  readonly headSha: string | null;
  readonly reactions: readonly ReactionView[];
  readonly comments: readonly CommentView[];
  /** Of the pull request's head commit. */
  readonly checkRuns: readonly CheckRunView[];
}

export function threadView(hub: Hub, issue: SimulatedIssue): ThreadView {
  const { repository, pull } = issue;
  const runs = [...repository.checkRuns.values()].filter((run) => run.suite.headSha === pull?.head.sha);
  return {
    repository: fullName(repository),
    number: issue.number,
    kind: pull ? 'pull' : 'issue',
    url: hub.links.html(threadPath(issue)),
    title: issue.title,
    body: issue.body,
    login: issue.author.login,
    createdAt: isoTime(issue.createdAt),
    state: pull?.merged ? 'merged' : issue.closed ? 'closed' : 'open',
    headSha: pull?.head.sha ?? null,
    reactions: issue.reactions.map(reactionView),
    comments: issue.comments.map(commentView),
    checkRuns: runs.map(checkRunView),
  };
}

function reactionView(reaction: SimulatedReaction): ReactionView {
  return { login: reaction.user.login, content: reaction.content };
}

function commentView(comment: SimulatedComment): CommentView {
  return {
    id: comment.id,
    login: comment.author.login,
    body: comment.body,
    createdAt: isoTime(comment.createdAt),
    isEdited: comment.updatedAt > comment.createdAt,
    minimizedReason: comment.minimizedReason,
    viaApp: comment.viaApp?.slug ?? null,
    reactions: comment.reactions.map(reactionView),
  };
}

export function checkRunView(run: SimulatedCheckRun): CheckRunView {
  const { id, name, externalId, detailsUrl, status, conclusion, title, summary, text } = run;
  const outcome = { status, conclusion, title, summary, text };
  const lists = { annotations: [...run.annotations], actions: run.actions };
  return { id, name, headSha: run.suite.headSha, externalId, detailsUrl, ...outcome, ...lists };
}
