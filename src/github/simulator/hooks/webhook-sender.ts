import { createHmac } from 'node:crypto';
import type { HookEvent, Hub } from '../hub.ts';
import { nodeId } from '../hub.ts';
import { organizationJson, userJson } from '../json/account-json.ts';
import { covers } from '../resources/accounts.ts';
import type { SimulatedApp, SimulatedDelivery, SimulatedInstallation } from '../state.ts';

/** Where the app's webhook points and the secret it is signed with. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** Larger payloads are dropped without a trace, as GitHub does. */
const largestPayload = 25 * 1024 * 1024;
const longestLog = 10_000;
const largestResponseKept = 64 * 1024;

type Attempt = Pick<
  SimulatedDelivery,
  'guid' | 'event' | 'action' | 'installationId' | 'repositoryId' | 'isRedelivery' | 'body'
>;

/** What the sender needs of the hub it serves. */
type SenderHub = Omit<Hub, 'emit'>;

/** The app's webhook. Every event goes out at once and on its own, so that order of arrival is not promised. */
export class WebhookSender {
  readonly #hub: SenderHub;
  readonly #app: () => SimulatedApp;
  readonly #deadlineMilliseconds: number;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #held: (() => void)[] | null = null;
  #target: WebhookTarget | null = null;

  /** @param deadlineMilliseconds after this long without an answer a delivery has failed; GitHub's is ten seconds. */
  constructor(hub: SenderHub, app: () => SimulatedApp, deadlineMilliseconds: number) {
    this.#hub = hub;
    this.#app = app;
    this.#deadlineMilliseconds = deadlineMilliseconds;
  }

  get target(): WebhookTarget | null {
    return this.#target;
  }

  setTarget(target: WebhookTarget | null): void {
    this.#target = target;
  }

  /** Sends an event when the app is to hear of it; null when it is not. */
  async emit(event: HookEvent): Promise<SimulatedDelivery | null> {
    const installation = event.installation ?? receiver(this.#hub, this.#app(), event);
    const isWanted = event.event === 'ping' || installation !== undefined;
    if (!this.#target || !isWanted) return null;
    const body = JSON.stringify(payloadOf(this.#hub, event, installation));
    if (Buffer.byteLength(body) > largestPayload) return null;
    const facts = {
      guid: this.#hub.uuid(),
      event: event.event,
      action: event.action,
      installationId: installation?.id ?? null,
      repositoryId: event.repository?.id ?? null,
      isRedelivery: false,
      body,
    };
    return this.#send(facts, this.#target);
  }

  /** Sends a logged delivery again: same GUID and body, new id. */
  redeliver(delivery: SimulatedDelivery): Promise<SimulatedDelivery> {
    const { guid, event, action, body, installationId, repositoryId } = delivery;
    const facts = { guid, event, action, body, installationId, repositoryId, isRedelivery: true };
    return this.#send(facts, this.#target ?? { url: delivery.url, secret: '' });
  }

  /** Keeps events back until the returned function is called, which sends them in the order given. */
  hold(): (order?: 'kept' | 'reversed') => void {
    this.#held ??= [];
    return (order = 'kept') => {
      const waiting = this.#held ?? [];
      this.#held = null;
      for (const open of order === 'kept' ? waiting : waiting.toReversed()) open();
    };
  }

  /** Ends what is under way and sends nothing more. */
  async close(): Promise<void> {
    this.#target = null;
    this.#closing.abort();
    this.hold()();
    await this.idle();
  }

  /** Resolves when no delivery is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #send(facts: Attempt, to: WebhookTarget): Promise<SimulatedDelivery> {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    if (this.#held) this.#held.push(open);
    else open();
    const delivery = gate.then(() => this.#attempt(facts, to));
    const tracked = delivery.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return delivery;
  }

  async #attempt(facts: Attempt, to: WebhookTarget): Promise<SimulatedDelivery> {
    const { state, clock, changes } = this.#hub;
    const requestHeaders = headersOf(facts, to.secret, this.#app().id);
    const deliveredAt = clock.now();
    const answer = await post(to.url, requestHeaders, facts.body, {
      closing: this.#closing.signal,
      deadline: AbortSignal.timeout(this.#deadlineMilliseconds),
    });
    const duration = (clock.now() - deliveredAt) / 1000;
    const id = state.nextId();
    const delivery = { ...facts, id, url: to.url, requestHeaders, deliveredAt, duration, ...answer };
    state.deliveries.push(delivery);
    if (state.deliveries.length > longestLog) state.deliveries.shift();
    changes.announce({ kind: 'delivery', action: 'finished', delivery });
    return delivery;
  }
}

/** The installation that makes the app hear of a repository's event, if it subscribed to that kind. */
function receiver(hub: SenderHub, app: SimulatedApp, event: HookEvent): SimulatedInstallation | undefined {
  const { repository } = event;
  if (!repository || !app.events.includes(event.event)) return undefined;
  return [...hub.state.installations.values()].find(
    (candidate) => candidate.app === app && candidate.suspendedAt === null && covers(candidate, repository),
  );
}

function payloadOf(
  hub: SenderHub,
  event: HookEvent,
  installation: SimulatedInstallation | undefined,
): Record<string, unknown> {
  const owner = event.repository?.owner;
  return {
    ...(event.action !== null && { action: event.action }),
    ...event.facts,
    ...(owner?.kind === 'Organization' && { organization: organizationJson(hub, owner) }),
    ...(event.event !== 'ping' && { sender: userJson(hub, event.sender) }),
    ...(installation &&
      !event.installation && {
        installation: { id: installation.id, node_id: nodeId('INST', installation.id) },
      }),
  };
}

function headersOf(facts: Attempt, secret: string, appId: number): Record<string, string> {
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, secret).update(facts.body).digest('hex')}`;
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/5c1ab0b',
    'x-github-delivery': facts.guid,
    'x-github-event': facts.event,
    'x-github-hook-id': '488000001',
    'x-github-hook-installation-target-id': String(appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': sign('sha1'),
    'x-hub-signature-256': sign('sha256'),
  };
}

type Answer = Pick<SimulatedDelivery, 'status' | 'statusCode' | 'responseHeaders' | 'responseBody'>;

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  ends: { readonly closing: AbortSignal; readonly deadline: AbortSignal },
): Promise<Answer> {
  const signal = AbortSignal.any([ends.closing, ends.deadline]);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    return {
      status: response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`,
      statusCode: response.status,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: (await response.text()).slice(0, largestResponseKept),
    };
  } catch {
    const outcome = ends.deadline.aborted
      ? { status: 'timed out', statusCode: 504 }
      : { status: 'failed to connect to host', statusCode: 502 };
    return { ...outcome, responseHeaders: null, responseBody: null };
  }
}
