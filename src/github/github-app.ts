import type { Probot } from 'probot';
import type { ControlPlane, Publisher } from '../control-plane/control-plane.ts';
import type { Clock, Timestamp } from '../domain/clock.ts';
import type { Stores } from '../storage/stores.ts';
import type { Log } from '../telemetry/log.ts';
import { AccessCheck } from './access.ts';
import { AppIdentity, type AppFacts } from './app-identity.ts';
import { handledEvents, readEvent } from './events.ts';
import { createFrontDoor, defaultFrontDoorLimits, type FrontDoor } from './front-door.ts';
import { createProbot, ProbotApi, type Fetch } from './github-api.ts';
import { handleEvent, type EventDeps } from './handle-event.ts';
import { defaultInboxLimits, Inbox, type InboxLimits, type Webhook } from './inbox.ts';
import { Installations } from './installations.ts';
import { GitHubPublisher } from './publish/github-publisher.ts';
import { CommentSeal } from './publish/marker.ts';
import { PublicationKeeper } from './publish/publication-keeper.ts';
import { RunReactions } from './publish/run-reactions.ts';
import { ThreadReplies } from './thread-replies.ts';
import { SignatureCheck } from './webhook-secrets.ts';

export interface GitHubAppOptions {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** One webhook secret, or two while it is rotated. */
  readonly secrets: readonly string[];
  readonly apiBaseUrl: string;
  readonly controlPlane: ControlPlane;
  readonly stores: Pick<Stores, 'deliveries' | 'publications' | 'repositories'>;
  /** Where people reach the service; undefined means texts say where to look locally. */
  readonly publicBaseUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Signs our comments; the same on all hosts that share a database. */
  readonly markerKey: Uint8Array;
  /** Least milliseconds between two progress edits of one comment. */
  readonly editIntervalMs?: number;
  /** Whether to leave a second between writes, as GitHub asks. */
  readonly paceWrites?: boolean;
  readonly inbox?: InboxLimits;
  /** Stands in for the network in tests. */
  readonly fetch?: Fetch;
}

/** The GitHub side of the service. */
export interface GitHubApp {
  readonly frontDoor: FrontDoor;
  readonly publisher: Publisher;
  /** Starts to handle the deliveries that are due. A delivery that just came in is started without it. */
  tickInbox(now: Timestamp): Promise<void>;
  /** Resolves when no delivery is in hand. */
  idle(): Promise<void>;
  /** Takes up no further delivery; resolves when those in hand are done. */
  stop(): Promise<void>;
  /** @throws ClawBenchError when key, id, permissions or events are not right, or GitHub does not answer. */
  checkIdentity(): Promise<AppFacts>;
  /** Registers all repositories the App is installed on, also those from while nobody listened; resolves to their number. */
  syncRepositories(): Promise<number>;
}

const requestTimeoutMs = 10_000;
/** GitHub counts edits as content; 180 an hour leaves room for a few threads at once. */
const editIntervalMs = 20_000;
const localEditIntervalMs = 1_000;

/**
 * Builds the GitHub side; nothing is sent or received yet. Towards a GitHub on this machine, edits and writes need no pauses.
 * @throws ClawBenchError `invalid-input` for webhook secrets that keep nobody out.
 */
export function createGitHubApp(options: GitHubAppOptions): GitHubApp {
  const { appId, stores, clock, log, publicBaseUrl } = options;
  const signatures = new SignatureCheck(options.secrets);
  const isLocal = /^https?:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::|\/|$)/.test(options.apiBaseUrl);
  const probot = openProbot(options, options.paceWrites ?? !isLocal);
  const api = new ProbotApi(probot, clock);
  const identity = new AppIdentity(api, appId);
  const seal = new CommentSeal(options.markerKey);
  const installations = new Installations(api, stores.repositories, clock);
  handleEventsOf(probot, {
    api,
    identity,
    installations,
    publicBaseUrl,
    clock,
    log,
    controlPlane: options.controlPlane,
    access: new AccessCheck(clock),
    replies: new ThreadReplies(seal, identity),
  });
  const inbox = new Inbox(
    { deliveries: stores.deliveries, receive: (webhook) => receive(probot, webhook), clock, log },
    options.inbox ?? defaultInboxLimits,
  );
  const interval = options.editIntervalMs ?? (isLocal ? localEditIntervalMs : editIntervalMs);
  const keeper = new PublicationKeeper({
    publications: stores.publications,
    clock,
    log,
    editIntervalMs: interval,
  });
  const reactions = new RunReactions(identity, clock, log);
  return {
    frontDoor: createFrontDoor({
      deliveries: stores.deliveries,
      signatures,
      clock,
      log,
      limits: defaultFrontDoorLimits,
      onAccepted: () => {
        inbox
          .tick(clock.now())
          .catch((error: unknown) => log.error('the inbox could not be looked at', { error }));
      },
    }),
    publisher: new GitHubPublisher({ api, identity, seal, keeper, reactions, publicBaseUrl, clock }),
    tickInbox: (now) => inbox.tick(now),
    idle: () => inbox.idle(),
    stop: () => inbox.stop(),
    checkIdentity: () => identity.check(),
    syncRepositories: () => installations.refresh(),
  };
}

function openProbot(options: GitHubAppOptions, paceWrites: boolean): Probot {
  const { appId, privateKey, apiBaseUrl, log } = options;
  return createProbot({
    appId,
    privateKey,
    apiBaseUrl,
    log,
    paceWrites,
    requestTimeoutMs,
    webhookSecret: options.secrets[0] ?? '',
    fetch: options.fetch ?? globalThis.fetch,
  });
}

function handleEventsOf(probot: Probot, deps: EventDeps): void {
  probot.onAny(async ({ name, payload }) => {
    const reading = readEvent(name, payload);
    if (reading.kind === 'event') await handleEvent(deps, reading.event);
  });
}

type ReceivableEvent = Parameters<Probot['receive']>[0];

/** Probot types every payload GitHub documents; ours are narrowed by our own schemas, before and after. */
function isReceivable(webhook: Webhook | ReceivableEvent): webhook is ReceivableEvent {
  return handledEvents.has(webhook.name);
}

async function receive(probot: Probot, webhook: Webhook): Promise<void> {
  if (isReceivable(webhook)) await probot.receive(webhook);
}
