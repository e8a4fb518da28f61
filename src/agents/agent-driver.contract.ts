import { afterEach, describe, expect, test } from 'vitest';
import type { AgentContext, AgentDriver, AgentEvent } from './agent-driver.ts';

/** A driver and the context of one trial for it. */
export interface AgentDriverCase {
  readonly driver: AgentDriver;
  readonly context: AgentContext;
  /** What must appear in no event. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

type AgentDriverCaseMaker = (signal: AbortSignal) => Promise<AgentDriverCase>;

/** The trials a driver is put through. Each call makes a fresh one; `signal` is the one of its context. */
export interface AgentDriverWorld {
  /** The agent comes to its end by itself. */
  finishing: AgentDriverCaseMaker;
  /** The agent works until it is stopped; null for an agent that always ends at once. */
  endless: AgentDriverCaseMaker | null;
  /** The sandbox breaks while the agent works; null for an agent that never touches it. */
  broken: AgentDriverCaseMaker | null;
  /** The context lacks what the driver needs; null for one that needs nothing. */
  lacking: AgentDriverCaseMaker | null;
}

/** Largest event in characters of JSON: each becomes a row and is shown to people. */
const maxEventCharacters = 20_000;

/** What every agent driver must do; run by each implementation's own test file. */
export function describeAgentDriver(name: string, world: AgentDriverWorld): void {
  const open: AgentDriverCase[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function start(
    make: AgentDriverCaseMaker,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<AgentDriverCase> {
    const made = await make(signal);
    open.push(made);
    return made;
  }

  async function collect({ driver, context }: AgentDriverCase): Promise<AgentEvent[]> {
    const events: AgentEvent[] = [];
    for await (const event of driver.run(context)) events.push(event);
    return events;
  }

  function expectOneEnd(events: readonly AgentEvent[]): void {
    const ends = events.flatMap(({ type }, index) => (type === 'agent-end' ? [index] : []));
    expect(ends).toEqual([events.length - 1]);
  }

  describe(`${name}: agent driver contract`, () => {
    test('ends with exactly one agent-end, in bounded events that hold no secret', async () => {
      const made = await start(world.finishing);
      const events = await collect(made);
      expectOneEnd(events);
      for (const event of events) {
        const text = JSON.stringify(event);
        expect(text.length).toBeLessThan(maxEventCharacters);
        for (const secret of made.secrets) expect(text).not.toContain(secret);
      }
    });

    test('pairs every tool call with its return', async () => {
      const events = await collect(await start(world.finishing));
      const called = events.flatMap((event) => (event.type === 'tool-called' ? [event.callId] : []));
      const returned = events.flatMap((event) => (event.type === 'tool-returned' ? [event.callId] : []));
      expect(returned).toEqual(called);
      expect(new Set(called).size).toBe(called.length);
    });

    test('an abort before the start ends it without any work', async () => {
      const made = await start(world.finishing, AbortSignal.abort());
      const events = await collect(made);
      expectOneEnd(events);
      expect(events.filter(({ type }) => type === 'tool-called')).toEqual([]);
    });

    const optional = (make: AgentDriverCaseMaker | null) => (make ? [make] : []);
    test.each(optional(world.endless))('an abort ends it promptly', async (make) => {
      const stop = new AbortController();
      const { driver, context } = await start(make, stop.signal);
      const events: AgentEvent[] = [];
      let abortedAt = Infinity;
      for await (const event of driver.run(context)) {
        events.push(event);
        if (events.length > 1) continue;
        setImmediate(() => {
          abortedAt = performance.now();
          stop.abort();
        });
      }
      expect(performance.now() - abortedAt).toBeLessThan(2000);
      expectOneEnd(events);
      expect(events.at(-1)).toMatchObject({ ending: { kind: 'aborted' } });
    });

    test.each(optional(world.endless))('whoever listens may leave at any time', async (make) => {
      const { driver, context } = await start(make);
      const events = driver.run(context)[Symbol.asyncIterator]();
      const first = await events.next();
      expect(first.done).toBe(false);
      expect(await events.return?.()).toMatchObject({ done: true });
    });

    test.each(optional(world.broken))('a broken sandbox is thrown as unavailable', async (make) => {
      const made = await start(make);
      await expect(collect(made)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    });

    test.each(optional(world.lacking))('a context that lacks what it needs is unsupported', async (make) => {
      const made = await start(make);
      await expect(collect(made)).rejects.toMatchObject({ code: 'unsupported' });
    });
  });
}
