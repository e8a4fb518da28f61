import type { Role } from '../../domain/access.ts';
import type { Timestamp } from '../../domain/clock.ts';

/** Reactions GitHub knows, in the order of its rollup. */
export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'hooray',
  'confused',
  'heart',
  'rocket',
  'eyes',
] as const;

export type SimulatedReactionContent = (typeof reactionContents)[number];

export interface SimulatedUser {
  readonly id: number;
  readonly login: string;
  readonly kind: 'User' | 'Organization' | 'Bot';
  readonly createdAt: Timestamp;
}

/** What an app or a token may do: GitHub's permission name to `read` or `write`. */
export type AppPermissions = Readonly<Record<string, 'read' | 'write'>>;

export interface SimulatedApp {
  readonly id: number;
  readonly slug: string;
  readonly owner: SimulatedUser;
  /** The account `slug[bot]` that the app acts as. */
  readonly bot: SimulatedUser;
  readonly permissions: AppPermissions;
  readonly events: readonly string[];
  readonly createdAt: Timestamp;
}

export interface SimulatedInstallation {
  readonly id: number;
  readonly app: SimulatedApp;
  readonly account: SimulatedUser;
  readonly selection: 'all' | 'selected';
  readonly repositoryIds: Set<number>;
  readonly createdAt: Timestamp;
  permissions: AppPermissions;
  suspendedAt: Timestamp | null;
}

export interface InstallationToken {
  readonly token: string;
  readonly installation: SimulatedInstallation;
  readonly permissions: AppPermissions;
  /** Null means every repository of the installation. */
  readonly repositoryIds: ReadonlySet<number> | null;
  readonly expiresAt: Timestamp;
}

export interface SimulatedCommit {
  readonly sha: string;
  readonly treeSha: string;
  readonly message: string;
  readonly author: SimulatedUser;
  readonly parents: readonly string[];
  readonly committedAt: Timestamp;
  /** The whole tree: path to text. */
  readonly files: ReadonlyMap<string, string>;
}

/** A collaborator's standing: `name` differs from `base` for an organisation's custom role. */
export interface CollaboratorRole {
  readonly base: Exclude<Role, 'none'>;
  readonly name: string;
}

export interface SimulatedReaction {
  readonly id: number;
  readonly user: SimulatedUser;
  readonly content: SimulatedReactionContent;
  readonly createdAt: Timestamp;
}

export interface SimulatedComment {
  readonly id: number;
  readonly issue: SimulatedIssue;
  readonly author: SimulatedUser;
  readonly viaApp: SimulatedApp | null;
  readonly createdAt: Timestamp;
  readonly reactions: SimulatedReaction[];
  body: string;
  updatedAt: Timestamp;
  minimizedReason: string | null;
}

/** What a pull request has beyond an issue. */
export interface PullPart {
  readonly id: number;
  readonly head: { readonly repository: SimulatedRepository; readonly branch: string; sha: string };
  readonly base: { readonly branch: string; readonly sha: string };
  readonly isDraft: boolean;
  merged: { readonly at: Timestamp; readonly by: SimulatedUser; readonly sha: string } | null;
}

export interface SimulatedIssue {
  readonly id: number;
  readonly repository: SimulatedRepository;
  readonly number: number;
  readonly author: SimulatedUser;
  readonly createdAt: Timestamp;
  readonly comments: SimulatedComment[];
  readonly reactions: SimulatedReaction[];
  readonly pull: PullPart | null;
  title: string;
  body: string | null;
  updatedAt: Timestamp;
  closed: { readonly at: Timestamp; readonly by: SimulatedUser } | null;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number | null;
  readonly endColumn: number | null;
  readonly level: string;
  readonly message: string;
  readonly title: string | null;
  readonly rawDetails: string | null;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';

export interface SimulatedCheckSuite {
  readonly id: number;
  readonly repository: SimulatedRepository;
  readonly app: SimulatedApp;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly createdAt: Timestamp;
  readonly runs: SimulatedCheckRun[];
  updatedAt: Timestamp;
}

export interface SimulatedCheckRun {
  readonly id: number;
  readonly suite: SimulatedCheckSuite;
  name: string;
  externalId: string;
  detailsUrl: string;
  status: CheckStatus;
  conclusion: string | null;
  startedAt: Timestamp;
  completedAt: Timestamp | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: CheckAnnotation[];
  actions: readonly CheckAction[];
}

export interface SimulatedRepository {
  readonly id: number;
  readonly owner: SimulatedUser;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly forkOf: SimulatedRepository | null;
  readonly createdAt: Timestamp;
  pushedAt: Timestamp;
  /** By lower-case login. */
  readonly collaborators: Map<string, CollaboratorRole>;
  readonly branches: Map<string, string>;
  readonly commits: Map<string, SimulatedCommit>;
  /** Issues and pull requests share their numbers. */
  readonly issues: Map<number, SimulatedIssue>;
  readonly checkSuites: Map<number, SimulatedCheckSuite>;
  readonly checkRuns: Map<number, SimulatedCheckRun>;
}

/** One attempt to deliver one event. */
export interface SimulatedDelivery {
  readonly id: number;
  /** The same for every attempt of one event. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly isRedelivery: boolean;
  readonly deliveredAt: Timestamp;
  readonly url: string;
  readonly body: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly duration: number;
  /** `OK` for success, else what went wrong in GitHub's words. */
  readonly status: string;
  readonly statusCode: number;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly responseBody: string | null;
}

export interface SimulatorState {
  /** By lower-case login. */
  readonly users: Map<string, SimulatedUser>;
  readonly apps: Map<number, SimulatedApp>;
  readonly installations: Map<number, SimulatedInstallation>;
  readonly tokens: Map<string, InstallationToken>;
  /** By lower-case `owner/name`. */
  readonly repositories: Map<string, SimulatedRepository>;
  /** Oldest first. */
  readonly deliveries: SimulatedDelivery[];
  nextId(): number;
}

/** An empty GitHub. Ids rise from a number that fits no 16-bit field, so that mixed-up ids show early. */
export function emptyState(): SimulatorState {
  let lastId = 4_200_000;
  return {
    users: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    repositories: new Map(),
    deliveries: [],
    nextId: () => {
      lastId += 1;
      return lastId;
    },
  };
}
