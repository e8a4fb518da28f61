import type { Hono } from 'hono';
import { z } from 'zod';
import { actorOf, repositoryOf } from '../access.ts';
import {
  apiError,
  notFound,
  numberParameter,
  paginate,
  readBody,
  type ApiContext,
  type ApiEnvironment,
} from '../exchange.ts';
import type { Hub } from '../hub.ts';
import { reactionJson } from '../json/issue-json.ts';
import { addReaction, removeReaction, type ReactionHolder } from '../resources/comments.ts';
import { reactionContents, type SimulatedRepository } from '../state.ts';
import { commentOf, issueOf, readThreads, writeNeeds } from './issue-routes.ts';

const reactionBody = z.object({ content: z.enum(reactionContents) });

/** Reactions on threads and on comments; the two differ in their path only. */
export function reactionRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  routesFor(api, hub, '/repos/:owner/:repo/issues/:number/reactions', issueOf);
  routesFor(api, hub, '/repos/:owner/:repo/issues/comments/:comment_id/reactions', commentOf);
}

function routesFor(
  api: Hono<ApiEnvironment>,
  hub: Hub,
  path: string,
  find: (context: ApiContext, repository: SimulatedRepository) => HolderOrIssue,
): void {
  const holderOf = (context: ApiContext): ReactionHolder =>
    holderFrom(find(context, repositoryOf(context, hub, ...readThreads)));
  const writableHolderOf = (context: ApiContext): ReactionHolder => {
    const holder = holderOf(context);
    repositoryOf(context, hub, ...writeNeeds(holder.issue));
    return holder;
  };

  api.get(path, (context) => {
    const content = context.req.query('content');
    const { reactions } = holderOf(context);
    const matching = reactions.filter((one) => (content ?? one.content) === one.content);
    return context.json(paginate(context, matching).map((one) => reactionJson(hub, one)));
  });

  api.post(path, async (context) => {
    const holder = writableHolderOf(context);
    const { content } = await readBody(context, reactionBody);
    const { reaction, isNew } = addReaction(hub, holder, actorOf(context).user, content);
    return context.json(reactionJson(hub, reaction), isNew ? 201 : 200);
  });

  api.delete(`${path}/:reaction_id`, (context) => {
    const holder = writableHolderOf(context);
    const id = numberParameter(context, 'reaction_id');
    const reaction = holder.reactions.find((candidate) => candidate.id === id);
    if (!reaction) throw notFound();
    if (reaction.user !== actorOf(context).user) {
      throw apiError(403, 'Resource not accessible by integration');
    }
    removeReaction(hub, holder, reaction);
    return context.body(null, 204);
  });
}

type HolderOrIssue = ReturnType<typeof issueOf> | ReturnType<typeof commentOf>;

function holderFrom(subject: HolderOrIssue): ReactionHolder {
  return {
    issue: 'issue' in subject ? subject.issue : subject,
    reactions: subject.reactions,
  };
}
