import type { Hono } from 'hono';
import { z } from 'zod';
import { requireApp, requireInstallation, repositoryOf } from '../access.ts';
import type { KnownApp } from '../authentication.ts';
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
import { isoTime } from '../hub.ts';
import { appJson, clientIdOf, installationJson } from '../json/account-json.ts';
import { repositoryJson } from '../json/repository-json.ts';
import { covers, issueToken, repositoriesOf } from '../resources/accounts.ts';
import type { AppPermissions, SimulatedInstallation } from '../state.ts';

const tokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number().int()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
});

/** The app about itself and its installations. */
export function appRoutes(api: Hono<ApiEnvironment>, hub: Hub, { app }: KnownApp): void {
  const installations = () => [...hub.state.installations.values()].filter((one) => one.app === app);

  api.get('/app', (context) => {
    requireApp(context);
    const count = installations().length;
    return context.json({ ...appJson(hub, app), client_id: clientIdOf(app), installations_count: count });
  });

  api.get('/app/installations', (context) => {
    requireApp(context);
    return context.json(paginate(context, installations()).map((one) => fullInstallationJson(hub, one)));
  });

  api.get('/app/installations/:installation_id', (context) =>
    context.json(fullInstallationJson(hub, installationOf(context, hub))),
  );

  api.get('/repos/:owner/:repo/installation', (context) => {
    if (context.get('caller').kind !== 'app') {
      repositoryOf(context, hub, 'metadata:read');
      throw apiError(401, 'A JSON web token could not be decoded');
    }
    const name = `${context.req.param('owner')}/${context.req.param('repo')}`.toLowerCase();
    const repository = hub.state.repositories.get(name);
    const found = repository && installations().find((one) => covers(one, repository));
    if (!found) throw notFound();
    return context.json(fullInstallationJson(hub, found));
  });
}

/** Installation tokens, and what one of them reaches. */
export function tokenRoutes(api: Hono<ApiEnvironment>, hub: Hub): void {
  api.post('/app/installations/:installation_id/access_tokens', async (context) => {
    const installation = installationOf(context, hub);
    if (installation.suspendedAt !== null) throw apiError(403, 'This installation has been suspended');
    const request = await readBody(context, tokenRequest);
    const repositoryIds = narrowedRepositories(hub, installation, request);
    const permissions = narrowedPermissions(installation, request.permissions);
    const token = issueToken(hub, installation, { permissions, repositoryIds });
    const named = repositoriesOf(hub, installation).filter(({ id }) => repositoryIds?.has(id));
    const answer = {
      token: token.token,
      expires_at: isoTime(token.expiresAt),
      permissions,
      repository_selection: repositoryIds ? 'selected' : installation.selection,
      ...(repositoryIds && { repositories: named.map((one) => repositoryJson(hub, one)) }),
    };
    return context.json(answer, 201);
  });

  api.get('/installation/repositories', (context) => {
    const { installation, repositoryIds } = requireInstallation(context);
    const all = repositoriesOf(hub, installation).filter(({ id }) => repositoryIds?.has(id) ?? true);
    return context.json({
      total_count: all.length,
      repository_selection: repositoryIds ? 'selected' : installation.selection,
      repositories: paginate(context, all).map((repository) => repositoryJson(hub, repository)),
    });
  });
}

function installationOf(context: ApiContext, hub: Hub): SimulatedInstallation {
  const app = requireApp(context);
  const found = hub.state.installations.get(numberParameter(context, 'installation_id'));
  if (found?.app !== app) throw notFound();
  return found;
}

function fullInstallationJson(hub: Hub, installation: SimulatedInstallation) {
  return { ...installationJson(hub, installation), client_id: clientIdOf(installation.app) };
}

function narrowedRepositories(
  hub: Hub,
  installation: SimulatedInstallation,
  request: z.infer<typeof tokenRequest>,
): ReadonlySet<number> | null {
  const names = request.repositories?.map((name) => name.toLowerCase());
  const ids = request.repository_ids;
  if (!names && !ids) return null;
  const chosen = repositoriesOf(hub, installation).filter(
    ({ id, name }) => names?.includes(name.toLowerCase()) || ids?.includes(id),
  );
  if (chosen.length < new Set([...(names ?? []), ...(ids ?? [])]).size) {
    throw apiError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return new Set(chosen.map(({ id }) => id));
}

function narrowedPermissions(
  installation: SimulatedInstallation,
  wanted: AppPermissions | undefined,
): AppPermissions {
  if (!wanted) return installation.permissions;
  const exceeds = ([name, level]: [string, string]) => {
    const granted = installation.permissions[name];
    return granted === undefined || (level === 'write' && granted !== 'write');
  };
  if (Object.entries(wanted).some(exceeds)) {
    throw apiError(422, 'The permissions requested are not granted to this installation.');
  }
  return { metadata: 'read', ...wanted };
}
