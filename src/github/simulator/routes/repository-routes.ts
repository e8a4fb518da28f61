import type { Hono } from 'hono';
import { repositoryOf } from '../access.ts';
import { apiError, notFound, paginate, type ApiContext, type ApiEnvironment } from '../exchange.ts';
import type { Hub } from '../hub.ts';
import { nodeId } from '../hub.ts';
import { publicUserJson, userJson } from '../json/account-json.ts';
import { pullJson, simplePullJson } from '../json/pull-json.ts';
import { commitJson, fullName, fullRepositoryJson } from '../json/repository-json.ts';
import { resolveCommit } from '../resources/repositories.ts';
import type { CollaboratorRole, SimulatedRepository, SimulatedUser } from '../state.ts';
import { issueOf } from './issue-routes.ts';

/** Repositories: themselves, their branches, commits and files, who may do what, and pull requests. */
export function repositoryRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  api.get('/users/:username', (context) => {
    const user = hub.state.users.get(context.req.param('username').toLowerCase());
    if (!user) throw notFound();
    return context.json(publicUserJson(hub, user));
  });

  api.get('/repos/:owner/:repo', (context) =>
    context.json(fullRepositoryJson(hub, repositoryOf(context, hub, 'metadata:read'))),
  );

  api.get('/repos/:owner/:repo/branches/:branch{.+}', (context) =>
    context.json(branchJson(hub, repositoryOf(context, hub, 'contents:read'), context.req.param('branch'))),
  );

  api.get('/repos/:owner/:repo/commits/:ref', (context) => {
    const repository = repositoryOf(context, hub, 'contents:read');
    const reference = context.req.param('ref');
    const commit = resolveCommit(repository, reference);
    if (!commit) throw apiError(422, `No commit found for SHA: ${reference}`, { errors: [] });
    return context.json(commitJson(hub, repository, commit));
  });

  api.get('/repos/:owner/:repo/git/ref/:ref{.+}', (context) => {
    const repository = repositoryOf(context, hub, 'contents:read');
    const branch = /^heads\/(.+)$/.exec(context.req.param('ref'))?.[1] ?? '';
    const sha = repository.branches.get(branch);
    if (sha === undefined) throw notFound();
    const base = hub.links.api(`/repos/${fullName(repository)}/git`);
    return context.json({
      ref: `refs/heads/${branch}`,
      node_id: nodeId('REF', repository.id),
      url: `${base}/refs/heads/${branch}`,
      object: { type: 'commit', sha, url: `${base}/commits/${sha}` },
    });
  });

  api.get('/repos/:owner/:repo/contents/:path{.+}', (context) => {
    const repository = repositoryOf(context, hub, 'contents:read');
    return fileAnswer(context, hub, repository, context.req.param('path'));
  });

  api.get('/repos/:owner/:repo/collaborators/:username/permission', (context) => {
    const repository = repositoryOf(context, hub, 'metadata:read');
    const login = context.req.param('username');
    const user = hub.state.users.get(login.toLowerCase());
    if (!user) throw apiError(404, `${login} is not a user`);
    return context.json(permissionJson(hub, repository, user));
  });
  pullRoutes(api, hub);
}

function branchJson(hub: Hub, repository: SimulatedRepository, branch: string) {
  const commit = repository.commits.get(repository.branches.get(branch) ?? '');
  if (!commit) throw apiError(404, 'Branch not found');
  const self = hub.links.api(`/repos/${fullName(repository)}/branches/${branch}`);
  const html = hub.links.html(`/${fullName(repository)}/tree/${branch}`);
  return {
    name: branch,
    commit: commitJson(hub, repository, commit),
    _links: { self, html },
    protected: false,
    protection: { enabled: false, required_status_checks: { contexts: [], checks: [] } },
    protection_url: `${self}/protection`,
  };
}

function pullRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  api.get('/repos/:owner/:repo/pulls', (context) => {
    const repository = repositoryOf(context, hub, 'pull_requests:read');
    const { state = 'open', head, base } = context.req.query();
    const matching = [...repository.issues.values()].toReversed().flatMap((issue) => {
      const { pull } = issue;
      if (!pull || (state !== 'all' && (state === 'closed') !== (issue.closed !== null))) return [];
      const label = `${pull.head.repository.owner.login}:${pull.head.branch}`;
      const isWanted = (head ?? label) === label && (base ?? pull.base.branch) === pull.base.branch;
      return isWanted ? [{ issue, pull }] : [];
    });
    const page = paginate(context, matching);
    return context.json(page.map(({ issue, pull }) => simplePullJson(hub, issue, pull)));
  });

  api.get('/repos/:owner/:repo/pulls/:number', (context) => {
    const issue = issueOf(context, repositoryOf(context, hub, 'pull_requests:read'));
    if (!issue.pull) throw notFound();
    return context.json(pullJson(hub, issue, issue.pull));
  });
}

function fileAnswer(context: ApiContext, hub: Hub, repository: SimulatedRepository, path: string) {
  const reference = context.req.query('ref') ?? repository.defaultBranch;
  const commit = resolveCommit(repository, reference);
  if (!commit) throw apiError(404, `No commit found for the ref ${reference}`);
  const text = commit.files.get(path);
  if (text === undefined) throw notFound();
  if (context.req.header('accept')?.includes('raw')) return context.body(text);
  const api = hub.links.api(`/repos/${fullName(repository)}`);
  const url = `${api}/contents/${path}?ref=${encodeURIComponent(reference)}`;
  const html = hub.links.html(`/${fullName(repository)}/blob/${reference}/${path}`);
  const git = `${api}/git/blobs/${commit.treeSha}`;
  return context.json({
    type: 'file',
    encoding: 'base64',
    size: Buffer.byteLength(text),
    name: path.split('/').at(-1) ?? path,
    path,
    content: Buffer.from(text).toString('base64'),
    sha: commit.treeSha,
    url,
    git_url: git,
    html_url: html,
    download_url: html,
    _links: { self: url, git, html },
  });
}

/** GitHub's older word for a role, which knows neither triage nor maintain. */
const olderWords = {
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
} as const satisfies Record<CollaboratorRole['base'], string>;

function permissionJson(hub: Hub, repository: SimulatedRepository, user: SimulatedUser) {
  const role = roleOf(repository, user);
  const permission = role ? olderWords[role.base] : 'none';
  const level = role ? ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(role.base) : -1;
  const roleName = role?.name ?? 'none';
  const permissions = {
    pull: level >= 0,
    triage: level >= 1,
    push: level >= 2,
    maintain: level >= 3,
    admin: level >= 4,
  };
  const person = { ...userJson(hub, user), permissions, role_name: roleName };
  return { permission, role_name: roleName, user: person };
}

function roleOf(repository: SimulatedRepository, user: SimulatedUser): CollaboratorRole | undefined {
  if (user === repository.owner) return { base: 'admin', name: 'admin' };
  const everyone = repository.isPrivate ? undefined : { base: 'read' as const, name: 'read' };
  return repository.collaborators.get(user.login.toLowerCase()) ?? everyone;
}
