import type { Clock, Timestamp } from '../../domain/clock.ts';
import type { ChangeFeed } from './changes.ts';
import type {
  SimulatedDelivery,
  SimulatedInstallation,
  SimulatedRepository,
  SimulatedUser,
  SimulatorState,
} from './state.ts';

/** Absolute addresses of this GitHub. */
export interface Links {
  /** Address of a REST resource; `path` begins with a slash. */
  api(path: string): string;
  /** Address of a page for people; `path` begins with a slash. */
  html(path: string): string;
}

/** An event as a resource reports it; the sender adds the installation and signs. */
export interface HookEvent {
  readonly event: string;
  readonly action: string | null;
  readonly repository: SimulatedRepository | null;
  /** Set for events about an installation itself; else every installation that covers the repository gets it. */
  readonly installation?: SimulatedInstallation;
  readonly sender: SimulatedUser;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Who caused an event, and what it carries beyond its subject. */
export interface HookDetails {
  readonly sender: SimulatedUser;
  readonly [fact: string]: unknown;
}

/** Everything a resource needs to change the state and tell the world about it. */
export interface Hub {
  readonly state: SimulatorState;
  readonly clock: Clock;
  readonly links: Links;
  readonly changes: ChangeFeed;
  /** A random version 4 UUID. */
  readonly uuid: () => string;
  /** Sends the event to the app, when it is installed there and subscribed; null when it is not. */
  readonly emit: (event: HookEvent) => Promise<SimulatedDelivery | null>;
}

/** A time as GitHub writes it: ISO 8601 in whole seconds. */
export function isoTime(time: Timestamp): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export function isoTimeOrNull(time: Timestamp | null): string | null {
  return time === null ? null : isoTime(time);
}

/** An opaque id for GraphQL: GitHub's kind prefix and the number. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`0:${prefix}:${id}`).toString('base64url')}`;
}
