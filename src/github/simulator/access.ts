import { apiError, notFound, type ApiContext } from './exchange.ts';
import type { Hub } from './hub.ts';
import { covers } from './resources/accounts.ts';
import type { Actor } from './resources/comments.ts';
import type { InstallationToken, SimulatedApp, SimulatedRepository } from './state.ts';

/** A permission an endpoint asks of an installation token; any one of those listed is enough. */
export type PermissionNeed = `${string}:${'read' | 'write'}`;

/** The app of a request made with its own token. @throws HTTPException 401 for anyone else. */
export function requireApp(context: ApiContext): SimulatedApp {
  const caller = context.get('caller');
  if (caller.kind === 'app') return caller.app;
  throw apiError(401, 'A JSON web token could not be decoded');
}

/** The installation token of a request. @throws HTTPException 401 or 403 for anyone else. */
export function requireInstallation(context: ApiContext): InstallationToken {
  const caller = context.get('caller');
  if (caller.kind === 'installation') {
    checkSuspension(caller.token);
    return caller.token;
  }
  throw caller.kind === 'anonymous' ? apiError(401, 'Requires authentication') : notAccessible();
}

/** Who writes in a request: the app's bot. */
export function actorOf(context: ApiContext): Actor {
  const { app } = requireInstallation(context).installation;
  return { user: app.bot, app };
}

/**
 * The repository of a path `/repos/{owner}/{repo}/…`, when the caller may use it like this.
 * @throws HTTPException 404 when the caller may not know of it, 403 when a permission is missing.
 */
export function repositoryOf(
  context: ApiContext,
  hub: Hub,
  ...anyOf: readonly PermissionNeed[]
): SimulatedRepository {
  const name = `${context.req.param('owner')}/${context.req.param('repo')}`.toLowerCase();
  const repository = hub.state.repositories.get(name);
  if (!repository) throw notFound();
  const isWrite = anyOf.some((need) => need.endsWith(':write'));
  context.header('x-accepted-github-permissions', anyOf.join('; ').replaceAll(':', '='));
  const caller = context.get('caller');
  if (caller.kind === 'installation') {
    checkToken(caller.token, repository, anyOf);
  } else if (repository.isPrivate) {
    throw notFound();
  } else if (isWrite || caller.kind === 'app') {
    throw caller.kind === 'app' ? notAccessible() : apiError(401, 'Requires authentication');
  }
  return repository;
}

function checkToken(
  token: InstallationToken,
  repository: SimulatedRepository,
  anyOf: readonly PermissionNeed[],
): void {
  checkSuspension(token);
  const isNarrowedAway = token.repositoryIds !== null && !token.repositoryIds.has(repository.id);
  if (isNarrowedAway || !covers(token.installation, repository)) {
    if (repository.isPrivate) throw notFound();
    if (anyOf.some((need) => need.endsWith(':write'))) throw notAccessible();
    return;
  }
  if (!anyOf.some((need) => grants(token, need))) throw notAccessible();
}

function grants(token: InstallationToken, need: PermissionNeed): boolean {
  const [permission = '', level] = need.split(':');
  const granted = token.permissions[permission] ?? (permission === 'metadata' ? 'read' : undefined);
  return granted === 'write' || granted === level;
}

function checkSuspension({ installation }: InstallationToken): void {
  if (installation.suspendedAt !== null) throw apiError(403, 'This installation has been suspended');
}

function notAccessible() {
  return apiError(403, 'Resource not accessible by integration');
}
