import { isRole, roleAllows, type AccessDecision, type Role } from '../domain/access.ts';
import type { Clock, Timestamp } from '../domain/clock.ts';
import type { CommentCreated } from './events.ts';
import type { CollaboratorPermission, RepositoryClient } from './repository-client.ts';

const cacheMs = 60_000;
const mostCached = 1_000;

/** Decides who may use a command, by the role GitHub says they have in the repository. Denies where it says nothing. */
export class AccessCheck {
  readonly #clock: Clock;
  readonly #roles = new Map<string, { readonly role: Role; readonly until: Timestamp }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A role is asked for anew after a minute.
   * @throws ClawBenchError when GitHub cannot answer; then nothing may be done.
   */
  async decide(client: RepositoryClient, event: CommentCreated, required: Role): Promise<AccessDecision> {
    const role = event.author.isBot ? 'none' : await this.#roleOf(client, event);
    return roleAllows(role, required) ? { kind: 'allowed', role } : { kind: 'denied', role, required };
  }

  async #roleOf(client: RepositoryClient, { thread, author }: CommentCreated): Promise<Role> {
    const key = `${thread.owner}/${thread.repo} ${author.login}`.toLowerCase();
    const known = this.#roles.get(key);
    if (known && known.until > this.#clock.now()) return known.role;
    const role = roleFrom(await client.permissionOf(author.login));
    if (this.#roles.size >= mostCached) this.#roles.clear();
    this.#roles.set(key, { role, until: this.#clock.now() + cacheMs });
    return role;
  }
}

/** GitHub's legacy `permission` calls triage "read" and maintain "write", so it counts only below a custom role. */
function roleFrom(permission: CollaboratorPermission | undefined): Role {
  if (!permission) return 'none';
  if (isRole(permission.roleName)) return permission.roleName;
  return isRole(permission.permission) ? permission.permission : 'none';
}
