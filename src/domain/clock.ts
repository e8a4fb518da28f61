/** Milliseconds since the Unix epoch, UTC. */
export type Timestamp = number;

/** Injected wherever time is read, so that tests own it. */
export interface Clock {
  now(): Timestamp;
}
