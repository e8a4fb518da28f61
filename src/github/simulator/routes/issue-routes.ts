import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { actorOf, repositoryOf, type PermissionNeed } from '../access.ts';
import {
  characters,
  notFound,
  numberParameter,
  paginate,
  readBody,
  validationFailed,
  type ApiContext,
  type ApiEnvironment,
} from '../exchange.ts';
import type { Hub } from '../hub.ts';
import { commentJson, fullIssueJson } from '../json/issue-json.ts';
import { addComment, deleteComment, editComment, longestComment } from '../resources/comments.ts';
import type { SimulatedComment, SimulatedIssue, SimulatedRepository } from '../state.ts';

const commentBody = z.object({ body: z.string() });
const base = '/repos/:owner/:repo/issues';

export const readThreads: readonly PermissionNeed[] = ['issues:read', 'pull_requests:read'];

/** What a write to a thread needs: a pull request may be written to with either permission. */
export function writeNeeds(issue: SimulatedIssue): readonly PermissionNeed[] {
  return issue.pull ? ['issues:write', 'pull_requests:write'] : ['issues:write'];
}

/** The thread that a path's `:number` names. @throws HTTPException 404 */
export function issueOf(context: Context<ApiEnvironment>, repository: SimulatedRepository): SimulatedIssue {
  const issue = repository.issues.get(numberParameter(context, 'number'));
  if (!issue) throw notFound();
  return issue;
}

/** The comment that a path's `:comment_id` names. @throws HTTPException 404 */
export function commentOf(context: ApiContext, repository: SimulatedRepository): SimulatedComment {
  const id = numberParameter(context, 'comment_id');
  for (const issue of repository.issues.values()) {
    const comment = issue.comments.find((candidate) => candidate.id === id);
    if (comment) return comment;
  }
  throw notFound();
}

/** Issues and the comments of issues and pull requests. */
export function issueRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  api.get(base, (context) => {
    const repository = repositoryOf(context, hub, ...readThreads);
    const { state = 'open' } = context.req.query();
    const matching = [...repository.issues.values()]
      .toReversed()
      .filter((issue) => state === 'all' || (state === 'closed') === (issue.closed !== null));
    return context.json(paginate(context, matching).map((issue) => fullIssueJson(hub, issue)));
  });

  api.get(`${base}/comments`, (context) => {
    const repository = repositoryOf(context, hub, ...readThreads);
    const comments = [...repository.issues.values()].flatMap((issue) => issue.comments);
    return context.json(commentPage(context, hub, comments));
  });

  api.get(`${base}/:number`, (context) => {
    const issue = issueOf(context, repositoryOf(context, hub, ...readThreads));
    return context.json(fullIssueJson(hub, issue));
  });

  api.get(`${base}/:number/comments`, (context) => {
    const issue = issueOf(context, repositoryOf(context, hub, ...readThreads));
    return context.json(commentPage(context, hub, issue.comments));
  });

  api.post(`${base}/:number/comments`, async (context) => {
    const issue = issueOf(context, repositoryOf(context, hub, ...readThreads));
    repositoryOf(context, hub, ...writeNeeds(issue));
    const { comment } = addComment(hub, issue, actorOf(context), await readComment(context));
    const json = commentJson(hub, comment);
    return context.json(json, 201, { location: json.url });
  });
  commentRoutes(api, hub);
}

function commentRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  const path = `${base}/comments/:comment_id` as const;

  api.get(path, (context) => {
    const repository = repositoryOf(context, hub, ...readThreads);
    return context.json(commentJson(hub, commentOf(context, repository)));
  });

  api.patch(path, async (context) => {
    const comment = commentOf(context, repositoryOf(context, hub, ...readThreads));
    repositoryOf(context, hub, ...writeNeeds(comment.issue));
    void editComment(hub, comment, actorOf(context).user, await readComment(context));
    return context.json(commentJson(hub, comment));
  });

  api.delete(path, (context) => {
    const comment = commentOf(context, repositoryOf(context, hub, ...readThreads));
    repositoryOf(context, hub, ...writeNeeds(comment.issue));
    void deleteComment(hub, comment, actorOf(context).user);
    return context.body(null, 204);
  });
}

async function readComment(context: ApiContext): Promise<string> {
  const { body } = await readBody(context, commentBody);
  const problem = { resource: 'IssueComment', field: 'data', code: 'unprocessable' };
  if (characters(body) > longestComment) {
    const message = `Body is too long (maximum is ${longestComment} characters)`;
    throw validationFailed({ ...problem, message });
  }
  if (body.trim() === '') throw validationFailed({ ...problem, message: 'Body cannot be blank' });
  return body;
}

function commentPage(context: ApiContext, hub: Hub, comments: readonly SimulatedComment[]) {
  const { sort, direction, since } = context.req.query();
  const from = since === undefined ? 0 : Date.parse(since);
  const recent = comments.filter((comment) => comment.updatedAt >= from);
  const time = sort === 'updated' ? 'updatedAt' : 'createdAt';
  const sorted = sort === undefined ? recent : recent.toSorted((one, other) => one[time] - other[time]);
  const ordered = sort !== undefined && direction === 'desc' ? sorted.toReversed() : sorted;
  return paginate(context, ordered).map((comment) => commentJson(hub, comment));
}
