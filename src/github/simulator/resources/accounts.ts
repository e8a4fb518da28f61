import { ClawBenchError } from '../../../domain/errors.ts';
import type { Hub } from '../hub.ts';
import { installationJson } from '../json/account-json.ts';
import { repositoryNameJson } from '../json/repository-json.ts';
import type {
  AppPermissions,
  InstallationToken,
  SimulatedApp,
  SimulatedDelivery,
  SimulatedInstallation,
  SimulatedRepository,
  SimulatedUser,
} from '../state.ts';

/** The account with this login, created when it does not exist yet. */
export function ensureUser(hub: Hub, login: string, kind: SimulatedUser['kind'] = 'User'): SimulatedUser {
  const known = hub.state.users.get(login.toLowerCase());
  if (known) return known;
  const user = { id: hub.state.nextId(), login, kind, createdAt: hub.clock.now() };
  hub.state.users.set(login.toLowerCase(), user);
  return user;
}

/** @throws ClawBenchError `not-found` for a login nobody has. */
export function requireUser(hub: Hub, login: string): SimulatedUser {
  const user = hub.state.users.get(login.toLowerCase());
  if (user) return user;
  throw new ClawBenchError('not-found', `the simulated GitHub has no user ${login}`);
}

interface AppFacts {
  readonly id: number;
  readonly slug: string;
  readonly ownerLogin: string;
  readonly permissions: AppPermissions;
  readonly events: readonly string[];
}

/** Registers an app and its bot account. */
export function addApp(hub: Hub, facts: AppFacts): SimulatedApp {
  const { ownerLogin, ...rest } = facts;
  const app: SimulatedApp = {
    ...rest,
    owner: ensureUser(hub, ownerLogin),
    bot: ensureUser(hub, `${facts.slug}[bot]`, 'Bot'),
    createdAt: hub.clock.now(),
  };
  hub.state.apps.set(app.id, app);
  return app;
}

interface InstallationResult {
  readonly installation: SimulatedInstallation;
  readonly delivery: Promise<SimulatedDelivery | null>;
}

/** Installs the app for an account, on the given repositories or on all; sends `installation.created`. */
export function installApp(
  hub: Hub,
  app: SimulatedApp,
  account: SimulatedUser,
  repositories: readonly SimulatedRepository[] | 'all',
): InstallationResult {
  const installation: SimulatedInstallation = {
    id: hub.state.nextId(),
    app,
    account,
    selection: repositories === 'all' ? 'all' : 'selected',
    repositoryIds: new Set(repositories === 'all' ? [] : repositories.map(({ id }) => id)),
    createdAt: hub.clock.now(),
    permissions: app.permissions,
    suspendedAt: null,
  };
  hub.state.installations.set(installation.id, installation);
  return { installation, delivery: emitInstallation(hub, installation, 'created') };
}

/** Removes an installation and its tokens; sends `installation.deleted`. */
export function removeInstallation(
  hub: Hub,
  installation: SimulatedInstallation,
): Promise<SimulatedDelivery | null> {
  const delivery = emitInstallation(hub, installation, 'deleted');
  hub.state.installations.delete(installation.id);
  for (const [text, token] of hub.state.tokens) {
    if (token.installation === installation) hub.state.tokens.delete(text);
  }
  return delivery;
}

/** Stops or restarts an installation's access; sends `installation.suspend` or `installation.unsuspend`. */
export function suspendInstallation(
  hub: Hub,
  installation: SimulatedInstallation,
  isSuspended: boolean,
): Promise<SimulatedDelivery | null> {
  installation.suspendedAt = isSuspended ? hub.clock.now() : null;
  return emitInstallation(hub, installation, isSuspended ? 'suspend' : 'unsuspend');
}

function emitInstallation(
  hub: Hub,
  installation: SimulatedInstallation,
  action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
) {
  return hub.emit({
    event: 'installation',
    action,
    repository: null,
    installation,
    sender: installation.account,
    facts: {
      installation: installationJson(hub, installation),
      repositories: repositoriesOf(hub, installation).map(repositoryNameJson),
    },
  });
}

export function covers(installation: SimulatedInstallation, repository: SimulatedRepository): boolean {
  if (installation.account !== repository.owner) return false;
  return installation.selection === 'all' || installation.repositoryIds.has(repository.id);
}

export function repositoriesOf(hub: Hub, installation: SimulatedInstallation): SimulatedRepository[] {
  return [...hub.state.repositories.values()].filter((repository) => covers(installation, repository));
}

const tokenLifetime = 60 * 60 * 1000;

/** Issues an installation token that lives one hour of the simulator's clock. */
export function issueToken(
  hub: Hub,
  installation: SimulatedInstallation,
  narrowing: Pick<InstallationToken, 'permissions' | 'repositoryIds'>,
): InstallationToken {
  const issuedAt = hub.clock.now();
  for (const [text, { expiresAt }] of hub.state.tokens) {
    if (expiresAt <= issuedAt) hub.state.tokens.delete(text);
  }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iid: installation.id, jti: hub.uuid(), iat: Math.floor(issuedAt / 1000) };
  const signature = Buffer.from(`${hub.uuid()}${hub.uuid()}`).toString('base64url');
  const token = {
    ...narrowing,
    token: `ghs_${installation.app.id}_${part({ alg: 'EdDSA' })}.${part(claims)}.${signature}`,
    installation,
    expiresAt: issuedAt + tokenLifetime,
  };
  hub.state.tokens.set(token.token, token);
  return token;
}
