import { z } from 'zod';
import { ClawBenchError } from '../domain/errors.ts';
import type { GitHubApi, RequestParameters } from './github-api.ts';

/** A comment as GitHub holds it. */
export interface ThreadComment {
  readonly id: number;
  readonly body: string;
  readonly authorLogin: string;
}

/** What GitHub says of someone's rights; `roleName` may be a custom role, `permission` is the base it builds on. */
export interface CollaboratorPermission {
  readonly roleName: string;
  readonly permission: string;
}

export type ReactionContent = '+1' | '-1' | 'confused' | 'eyes' | 'hooray' | 'rocket';

export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out';

/** A check run as we want it to be. */
export interface CheckContent {
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly detailsUrl: string | undefined;
  readonly state:
    | { readonly status: 'queued' | 'in_progress' }
    | { readonly status: 'completed'; readonly conclusion: CheckConclusion; readonly completedAt: number };
  readonly startedAt: number | undefined;
  readonly title: string;
  readonly summary: string;
}

const withId = z.object({ id: z.int().positive() });
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const comment = z
  .object({
    id: z.int().positive(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
  })
  .transform((data): ThreadComment => ({
    id: data.id,
    body: data.body ?? '',
    authorLogin: data.user?.login ?? 'ghost',
  }));
const permission = z
  .object({ permission: z.string(), role_name: z.string().optional() })
  .transform((data): CollaboratorPermission => ({
    permission: data.permission,
    roleName: data.role_name ?? data.permission,
  }));
const reactions = z.array(
  z.object({ id: z.int().positive(), user: z.object({ login: z.string() }).nullable() }),
);
const checkRuns = z.object({
  check_runs: z.array(z.object({ id: z.int().positive(), app: z.object({ id: z.int() }).nullish() })),
});

const pageSize = 100;
const maxPages = 10;
/** A lost answer to a creation must not be repeated blindly: whoever asked looks for what was made first. */
const once = { request: { retries: 0 } };

/** What we do in one repository, with the rights of one installation; answers are narrowed to what we use. */
export class RepositoryClient {
  readonly #api: GitHubApi;
  readonly #installationId: number;
  readonly #place: { readonly owner: string; readonly repo: string };

  constructor(
    api: GitHubApi,
    installationId: number,
    place: { readonly owner: string; readonly repo: string },
  ) {
    this.#api = api;
    this.#installationId = installationId;
    this.#place = { owner: place.owner, repo: place.repo };
  }

  /** Undefined for someone GitHub knows no rights of. */
  async permissionOf(username: string): Promise<CollaboratorPermission | undefined> {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    return await ifFound(this.#call(route, { username }, permission));
  }

  /** Head commit of a pull request, in whichever repository it is; undefined when there is no such pull request. */
  async pullRequestHead(number: number): Promise<string | undefined> {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    const pull = z.object({ head: z.object({ sha }) });
    return (await ifFound(this.#call(route, { pull_number: number }, pull)))?.head.sha;
  }

  /** Undefined when there is no such branch, as in an empty repository. */
  async branchHead(branch: string): Promise<string | undefined> {
    const head = z.object({ commit: z.object({ sha }) });
    const route = 'GET /repos/{owner}/{repo}/branches/{branch}';
    return (await ifFound(this.#call(route, { branch }, head)))?.commit.sha;
  }

  /** Undefined when it was deleted. */
  async comment(id: number): Promise<ThreadComment | undefined> {
    const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
    return await ifFound(this.#call(route, { comment_id: id }, comment));
  }

  /** Comments changed at or after `since` (ISO 8601), oldest first, at most a thousand. */
  async commentsSince(number: number, since: string): Promise<readonly ThreadComment[]> {
    const found: ThreadComment[] = [];
    for (let page = 1; page <= maxPages; page += 1) {
      const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const parameters = { issue_number: number, since, per_page: pageSize, page };
      const comments = await this.#call(route, parameters, z.array(comment));
      found.push(...comments);
      if (comments.length < pageSize) break;
    }
    return found;
  }

  async createComment(number: number, body: string): Promise<number> {
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    return (await this.#call(route, { issue_number: number, body, ...once }, withId)).id;
  }

  async editComment(id: number, body: string): Promise<void> {
    await this.#call(
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      { comment_id: id, body },
      withId,
    );
  }

  /** Adds a reaction of ours to a comment; one that is there already stays. */
  async react(commentId: number, content: ReactionContent): Promise<void> {
    const route = 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
    await this.#call(route, { comment_id: commentId, content }, withId);
  }

  /** Takes back the reaction `login` gave, if it is among the first hundred. */
  async takeBackReaction(commentId: number, content: ReactionContent, login: string): Promise<void> {
    const list = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
    const parameters = { comment_id: commentId, content, per_page: pageSize };
    const own = (await this.#call(list, parameters, reactions)).find(({ user }) => user?.login === login);
    if (!own) return;
    const remove = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}';
    await ifFound(this.#call(remove, { comment_id: commentId, reaction_id: own.id }, z.unknown()));
  }

  async createCheck(content: CheckContent): Promise<number> {
    const parameters = { head_sha: content.headSha, ...checkParameters(content), ...once };
    return (await this.#call('POST /repos/{owner}/{repo}/check-runs', parameters, withId)).id;
  }

  async updateCheck(id: number, content: CheckContent): Promise<void> {
    const parameters = { check_run_id: id, ...checkParameters(content) };
    await this.#call('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', parameters, withId);
  }

  /** Our own check run of that name on a commit, if there is one. */
  async findCheck(headSha: string, name: string, appId: number): Promise<number | undefined> {
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const parameters = { ref: headSha, check_name: name, filter: 'latest', per_page: pageSize };
    const found = await this.#call(route, parameters, checkRuns);
    return found.check_runs.find(({ app }) => app?.id === appId)?.id;
  }

  async #call<Answer>(
    route: string,
    parameters: RequestParameters,
    answer: z.ZodType<Answer>,
  ): Promise<Answer> {
    const data = await this.#api.asInstallation(this.#installationId, route, {
      ...this.#place,
      ...parameters,
    });
    const parsed = answer.safeParse(data);
    if (parsed.success) return parsed.data;
    throw new ClawBenchError('unavailable', `GitHub’s answer to ${route} is not what it documents`, {
      cause: z.prettifyError(parsed.error).slice(0, 500),
    });
  }
}

function checkParameters({ state, ...content }: CheckContent): RequestParameters {
  return {
    name: content.name,
    external_id: content.externalId,
    status: state.status,
    output: { title: content.title, summary: content.summary },
    ...(content.detailsUrl !== undefined && { details_url: content.detailsUrl }),
    ...(content.startedAt !== undefined && { started_at: new Date(content.startedAt).toISOString() }),
    ...(state.status === 'completed' && {
      conclusion: state.conclusion,
      completed_at: new Date(state.completedAt).toISOString(),
    }),
  };
}

async function ifFound<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (ClawBenchError.from(thrown).code === 'not-found') return undefined;
    throw thrown;
  }
}
