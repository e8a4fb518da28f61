import { isoTime, nodeId, type Hub } from '../hub.ts';
import type { SimulatedCommit, SimulatedRepository, SimulatedUser } from '../state.ts';
import { userJson } from './account-json.ts';

/** `owner/name`. */
export function fullName(repository: SimulatedRepository): string {
  return `${repository.owner.login}/${repository.name}`;
}

const plainLinks = [
  'forks',
  'teams',
  'hooks',
  'events',
  'tags',
  'languages',
  'stargazers',
  'contributors',
  'subscribers',
  'subscription',
  'merges',
  'downloads',
  'deployments',
];

const templatedLinks = {
  keys: '/keys{/key_id}',
  collaborators: '/collaborators{/collaborator}',
  issue_events: '/issues/events{/number}',
  assignees: '/assignees{/user}',
  branches: '/branches{/branch}',
  blobs: '/git/blobs{/sha}',
  git_tags: '/git/tags{/sha}',
  git_refs: '/git/refs{/sha}',
  trees: '/git/trees{/sha}',
  statuses: '/statuses/{sha}',
  commits: '/commits{/sha}',
  git_commits: '/git/commits{/sha}',
  comments: '/comments{/number}',
  issue_comment: '/issues/comments{/number}',
  contents: '/contents/{+path}',
  compare: '/compare/{base}...{head}',
  archive: '/{archive_format}{/ref}',
  issues: '/issues{/number}',
  pulls: '/pulls{/number}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  labels: '/labels{/name}',
  releases: '/releases{/id}',
};

function repositoryLinks(api: string): Record<string, string> {
  return Object.fromEntries([
    ...plainLinks.map((name) => [`${name}_url`, `${api}/${name}`]),
    ...Object.entries(templatedLinks).map(([name, path]) => [`${name}_url`, `${api}${path}`]),
  ]);
}

/** A repository as webhooks and nested REST answers carry it. */
export function repositoryJson(hub: Hub, repository: SimulatedRepository) {
  const name = fullName(repository);
  const api = hub.links.api(`/repos/${name}`);
  const html = hub.links.html(`/${name}`);
  const openIssues = [...repository.issues.values()].filter((issue) => issue.closed === null).length;
  return {
    ...repositoryLinks(api),
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: name,
    owner: userJson(hub, repository.owner),
    private: repository.isPrivate,
    html_url: html,
    description: repository.description,
    fork: repository.forkOf !== null,
    url: api,
    git_url: html.replace(/^https?/, 'git').concat('.git'),
    ssh_url: `git@${new URL(html).hostname}:${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 1,
    ...popularity(openIssues),
    ...features(repository),
    default_branch: repository.defaultBranch,
    created_at: isoTime(repository.createdAt),
    updated_at: isoTime(repository.pushedAt),
    pushed_at: isoTime(repository.pushedAt),
    custom_properties: {},
  };
}

function popularity(openIssues: number) {
  return {
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
  };
}

function features(repository: SimulatedRepository) {
  return {
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.isPrivate ? 'private' : 'public',
  };
}

/** The answer of `GET /repos/{owner}/{repo}`. */
export function fullRepositoryJson(hub: Hub, repository: SimulatedRepository) {
  return {
    ...repositoryJson(hub, repository),
    permissions: { admin: false, maintain: false, push: false, triage: false, pull: true },
    subscribers_count: 0,
    network_count: 0,
    ...(repository.forkOf && {
      parent: repositoryJson(hub, repository.forkOf),
      source: repositoryJson(hub, repository.forkOf),
    }),
  };
}

/** A repository in an `installation` event. */
export function repositoryNameJson(repository: SimulatedRepository) {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.isPrivate,
  };
}

/** A repository in a pull request of a check run. */
export function repositoryRefJson(hub: Hub, repository: SimulatedRepository) {
  return {
    id: repository.id,
    url: hub.links.api(`/repos/${fullName(repository)}`),
    name: repository.name,
  };
}

export function emailOf(user: SimulatedUser): string {
  return `${user.id}+${user.login.replace('[bot]', '')}@users.noreply.github.example`;
}

/** The answer of `GET /repos/{owner}/{repo}/commits/{ref}`. */
export function commitJson(hub: Hub, repository: SimulatedRepository, commit: SimulatedCommit) {
  const api = hub.links.api(`/repos/${fullName(repository)}`);
  const html = hub.links.html(`/${fullName(repository)}/commit/`);
  const person = {
    name: commit.author.login,
    email: emailOf(commit.author),
    date: isoTime(commit.committedAt),
  };
  return {
    sha: commit.sha,
    node_id: nodeId('C', repository.id),
    commit: {
      author: person,
      committer: person,
      message: commit.message,
      tree: { sha: commit.treeSha, url: `${api}/git/trees/${commit.treeSha}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: userJson(hub, commit.author),
    committer: userJson(hub, commit.author),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}${sha}`,
    })),
  };
}

/** The head commit inside a check suite. */
export function simpleCommitJson(commit: SimulatedCommit) {
  const person = { name: commit.author.login, email: emailOf(commit.author) };
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    message: commit.message,
    timestamp: isoTime(commit.committedAt),
    author: person,
    committer: person,
  };
}
