import { buildSchema, graphql, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, readBody, type ApiContext, type ApiEnvironment } from '../exchange.ts';
import { isoTime, nodeId, type Hub } from '../hub.ts';
import { commentJson } from '../json/issue-json.ts';
import { minimizeComment } from '../resources/comments.ts';
import { covers } from '../resources/accounts.ts';
import type { SimulatedComment } from '../state.ts';

const schemaText = `
  scalar DateTime
  scalar URI
  enum ReportedContentClassifiers { SPAM ABUSE OFF_TOPIC OUTDATED DUPLICATE RESOLVED LOW_QUALITY }
  interface Actor { login: String! url: URI! }
  type User implements Actor { login: String! url: URI! }
  type Bot implements Actor { login: String! url: URI! }
  interface Node { id: ID! }
  interface Minimizable { isMinimized: Boolean! minimizedReason: String viewerCanMinimize: Boolean! }
  type IssueComment implements Node & Minimizable {
    id: ID!
    databaseId: Int
    fullDatabaseId: String
    author: Actor
    body: String!
    createdAt: DateTime!
    updatedAt: DateTime!
    url: URI!
    isMinimized: Boolean!
    minimizedReason: String
    viewerCanMinimize: Boolean!
    viewerDidAuthor: Boolean!
  }
  input MinimizeCommentInput { subjectId: ID! classifier: ReportedContentClassifiers! clientMutationId: String }
  type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
  input UnminimizeCommentInput { subjectId: ID! clientMutationId: String }
  type UnminimizeCommentPayload { clientMutationId: String unminimizedComment: Minimizable }
  type Query { viewer: Actor! node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
  type Mutation {
    minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
    unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
  }
`;

const requestBody = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

interface MutationArguments {
  readonly input: {
    readonly subjectId: string;
    readonly classifier?: string;
    readonly clientMutationId?: string;
  };
}

/** The part of GitHub's GraphQL API that a bot needs for folding away comments. */
export function graphqlRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  let schema: GraphQLSchema | undefined;
  for (const path of ['/graphql', '/api/graphql']) {
    api.post(path, async (context) => {
      if (context.get('caller').kind !== 'installation') {
        throw apiError(401, 'This endpoint requires you to be authenticated.');
      }
      schema ??= buildSchema(schemaText);
      const body = await readBody(context, requestBody);
      const result = await graphql({
        schema,
        source: body.query,
        rootValue: rootValue(hub, context),
        variableValues: body.variables ?? null,
        operationName: body.operationName ?? null,
      });
      const errors = result.errors?.map((error) => ({
        ...(error.extensions['type'] !== undefined && { type: error.extensions['type'] }),
        ...error.toJSON(),
      }));
      return context.json({ ...(result.data && { data: result.data }), ...(errors && { errors }) });
    });
  }
}

function rootValue(hub: Hub, context: ApiContext) {
  const commentOf = (id: string) => findComment(hub, context, id);
  const setReason = ({ input }: MutationArguments, reason: string | null) => {
    const comment = commentOf(input.subjectId);
    const caller = context.get('caller');
    const permissions = caller.kind === 'installation' ? caller.token.permissions : {};
    const needed = comment.issue.pull ? ['issues', 'pull_requests'] : ['issues'];
    if (!needed.some((permission) => permissions[permission] === 'write')) {
      throw failure('FORBIDDEN', 'Resource not accessible by integration');
    }
    minimizeComment(hub, comment, reason);
    return { clientMutationId: input.clientMutationId ?? null, comment: commentNode(hub, context, comment) };
  };
  return {
    viewer: () => {
      const caller = context.get('caller');
      const login = caller.kind === 'installation' ? caller.token.installation.app.bot.login : '';
      return { __typename: 'Bot', login, url: hub.links.html(`/apps/${login}`) };
    },
    node: ({ id }: { id: string }) => commentNode(hub, context, commentOf(id)),
    nodes: ({ ids }: { ids: string[] }) => ids.map((id) => () => commentNode(hub, context, commentOf(id))),
    minimizeComment: (request: MutationArguments) => {
      const reason = (request.input.classifier ?? '').toLowerCase().replaceAll('_', '-');
      const { comment, ...rest } = setReason(request, reason);
      return { ...rest, minimizedComment: comment };
    },
    unminimizeComment: (request: MutationArguments) => {
      const { comment, ...rest } = setReason(request, null);
      return { ...rest, unminimizedComment: comment };
    },
  };
}

function findComment(hub: Hub, context: ApiContext, id: string): SimulatedComment {
  const caller = context.get('caller');
  for (const repository of hub.state.repositories.values()) {
    const isVisible =
      !repository.isPrivate ||
      (caller.kind === 'installation' && covers(caller.token.installation, repository));
    if (!isVisible) continue;
    for (const issue of repository.issues.values()) {
      const comment = issue.comments.find((candidate) => nodeId('IC', candidate.id) === id);
      if (comment) return comment;
    }
  }
  throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

function commentNode(hub: Hub, context: ApiContext, comment: SimulatedComment) {
  const json = commentJson(hub, comment);
  const caller = context.get('caller');
  const isOwn = caller.kind === 'installation' && caller.token.installation.app.bot === comment.author;
  return {
    __typename: 'IssueComment',
    id: json.node_id,
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: {
      __typename: comment.author.kind === 'Bot' ? 'Bot' : 'User',
      login: comment.author.login.replace('[bot]', ''),
      url: json.user.html_url,
    },
    body: comment.body,
    createdAt: isoTime(comment.createdAt),
    updatedAt: isoTime(comment.updatedAt),
    url: json.html_url,
    isMinimized: comment.minimizedReason !== null,
    minimizedReason: comment.minimizedReason,
    viewerCanMinimize: caller.kind === 'installation',
    viewerDidAuthor: isOwn,
  };
}
