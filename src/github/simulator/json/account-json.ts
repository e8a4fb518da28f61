import { isoTime, isoTimeOrNull, nodeId, type Hub } from '../hub.ts';
import type { SimulatedApp, SimulatedInstallation, SimulatedUser } from '../state.ts';

/** GitHub's "simple user". */
export function userJson({ links }: Pick<Hub, 'links'>, user: SimulatedUser) {
  const api = links.api(`/users/${encodeURIComponent(user.login)}`);
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.kind === 'Bot' ? 'BOT' : user.kind === 'Organization' ? 'O' : 'U', user.id),
    avatar_url: links.html(`/-/avatars/${user.id}.svg`),
    gravatar_id: '',
    url: api,
    html_url: links.html(user.kind === 'Bot' ? `/apps/${user.login.replace('[bot]', '')}` : `/${user.login}`),
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.kind,
    site_admin: false,
  };
}

/** The organisation that owns an event's repository. */
export function organizationJson({ links }: Pick<Hub, 'links'>, organization: SimulatedUser) {
  const api = links.api(`/orgs/${organization.login}`);
  return {
    login: organization.login,
    id: organization.id,
    node_id: nodeId('O', organization.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: links.html(`/-/avatars/${organization.id}.svg`),
    description: null,
  };
}

/** The answer of `GET /users/{username}`. */
export function publicUserJson(hub: Hub, user: SimulatedUser) {
  return {
    ...userJson(hub, user),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: isoTime(user.createdAt),
    updated_at: isoTime(user.createdAt),
  };
}

/** An app as it appears inside comments, checks and webhooks. */
export function appJson(hub: Hub, app: SimulatedApp) {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: userJson(hub, app.owner),
    name: app.slug,
    description: '',
    external_url: hub.links.html(`/apps/${app.slug}`),
    html_url: hub.links.html(`/apps/${app.slug}`),
    created_at: isoTime(app.createdAt),
    updated_at: isoTime(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

export function clientIdOf(app: SimulatedApp): string {
  return `Iv23sim${app.id}`;
}

/** An installation as webhooks carry it; REST adds the client id. */
export function installationJson(hub: Hub, installation: SimulatedInstallation) {
  const { app, account } = installation;
  return {
    id: installation.id,
    account: userJson(hub, account),
    repository_selection: installation.selection,
    access_tokens_url: hub.links.api(`/app/installations/${installation.id}/access_tokens`),
    repositories_url: hub.links.api('/installation/repositories'),
    html_url: hub.links.html(`/settings/installations/${installation.id}`),
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.kind === 'Organization' ? 'Organization' : 'User',
    permissions: installation.permissions,
    events: app.events,
    created_at: isoTime(installation.createdAt),
    updated_at: isoTime(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : userJson(hub, account),
    suspended_at: isoTimeOrNull(installation.suspendedAt),
  };
}
