import fc from 'fast-check';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ControlPlaneWorld, type WorldProcess } from '../../tests/world/control-plane-world.ts';
import { Gate, gated, gatedSandboxes } from '../../tests/world/gate.ts';
import { agentEnd, sampleTask, workUntilStopped } from '../../tests/world/played-parts.ts';
import type { RunId, TrialId } from '../domain/ids.ts';
import { maxTries } from '../domain/lease.ts';
import { isTrialTerminal } from '../domain/trial.ts';
import { resultDigest } from '../scoring/result-digest.ts';
import type { LoggedEvent, RunEventType } from '../telemetry/events.ts';

const processes = 2;
const maxRuns = 3;
const tasks = ['right', 'wrong', 'slow'];

/** Small runs mostly, so that many stories reach an end and some are cut off there. */
const shape = fc.record({
  tasks: fc.subarray(tasks, { minLength: 1 }),
  trialsPerTask: fc.integer({ min: 1, max: 2 }),
});
const process = fc.nat({ max: processes - 1 });
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('tick' as const), process, kind: fc.nat({ max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ticks' as const), process }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('step' as const),
      process,
      count: fc.integer({ min: 1, max: 40 }),
      choice: fc.nat({ max: 7 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(500, 5_000, 20_000, 50_000),
    }),
  },
  { weight: 2, arbitrary: shape.map((of) => ({ do: 'create' as const, of })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), process }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), process, run: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('break' as const),
      start: fc.boolean(),
      seal: fc.boolean(),
    }),
  },
);

type Shape = typeof shape extends fc.Arbitrary<infer Value> ? Value : never;
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** A process behind a gate; a tick of it under way is not called again, as in `src/main`. */
class GatedProcess {
  readonly gate = new Gate();
  readonly parts: WorldProcess;
  readonly #busy = new Set<number>();
  readonly #world: ControlPlaneWorld;

  constructor(world: ControlPlaneWorld) {
    this.#world = world;
    this.parts = world.start({
      stores: gated(world.stores, this.gate),
      sandboxes: gatedSandboxes(world.sandboxes, this.gate),
    });
  }

  tick(kind: number): void {
    if (this.#busy.has(kind)) return;
    this.#busy.add(kind);
    const { parts } = this;
    const ticks = [parts.tickWorker, parts.tickSweep, parts.tickPublish] as const;
    void ticks[kind]?.(this.#world.time.now()).finally(() => this.#busy.delete(kind));
  }
}

class Story {
  readonly world: ControlPlaneWorld;
  readonly #processes: GatedProcess[];
  readonly runIds: RunId[] = [];

  constructor(world: ControlPlaneWorld) {
    this.world = world;
    this.#processes = Array.from({ length: processes }, () => new GatedProcess(world));
    world.driver.plays.set('wrong', async function* () {
      yield { type: 'turn-started', turn: 1 };
      yield agentEnd({ kind: 'finished', detail: 'done' });
    });
    world.driver.plays.set('slow', workUntilStopped);
  }

  async play(next: Action): Promise<void> {
    switch (next.do) {
      case 'tick':
        this.#at(next.process).tick(next.kind);
        break;
      case 'ticks':
        for (const kind of [0, 1, 2]) this.#at(next.process).tick(kind);
        break;
      case 'step':
        for (let count = 0; count < next.count; count += 1) {
          this.#at(next.process).gate.step(next.choice);
          await endOfTurn();
        }
        break;
      case 'advance':
        this.world.time.advance(next.ms);
        break;
      case 'create':
        if (this.runIds.length < maxRuns) await this.#create(next.of);
        break;
      case 'kill':
        this.#at(next.process).gate.kill();
        this.#processes[next.process] = new GatedProcess(this.world);
        break;
      case 'cancel': {
        const id = this.runIds[next.run % Math.max(1, this.runIds.length)];
        if (id) await this.world.stores.runs.requestCancel(id, 'octocat', this.world.time.now());
        break;
      }
      case 'break':
        this.world.sandboxes.faults.start = next.start ? 'unavailable' : undefined;
        this.world.sandboxes.faults.seal = next.seal ? 'unavailable' : undefined;
        break;
    }
    await endOfTurn();
  }

  /** Everything works again, and time goes on. */
  async heal(): Promise<void> {
    this.world.sandboxes.faults.start = undefined;
    this.world.sandboxes.faults.seal = undefined;
    for (const { gate } of this.#processes) gate.open();
    for (let round = 0; round < 300 && !(await this.isOver()); round += 1) {
      for (const one of this.#processes) for (const kind of [0, 1, 2]) one.tick(kind);
      for (let turn = 0; turn < 15; turn += 1) await endOfTurn();
      this.world.time.advance(10_000);
    }
  }

  async #create(of: Shape): Promise<void> {
    // Through a process that is not gated: what is tested is what becomes of a run that was accepted.
    this.runIds.push((await this.world.createRun(this.world.start(), of)).id);
  }

  async isOver(): Promise<boolean> {
    const runs = await Promise.all(this.runIds.map((id) => this.world.runOf(id)));
    return (
      runs.every(({ finishedAt, id, status }) => finishedAt !== null && this.shownLast(id) === status) &&
      this.world.sandboxes.sandboxes.size === 0
    );
  }

  shownLast(id: RunId): string | undefined {
    return this.world.publisher.statusesOf(id).at(-1);
  }

  #at(index: number): GatedProcess {
    const found = this.#processes[index];
    if (!found) throw new Error(`there is no process ${index}`);
    return found;
  }
}

/** Place of an event within one try, 4 for what an agent does; a later event of the same try never has an earlier place. */
const placeInTry: Partial<Record<RunEventType, number>> = {
  'trial-leased': 0,
  'image-building': 1,
  'sandbox-started': 2,
  'agent-started': 3,
  'sandbox-sealed': 5,
  'verification-started': 6,
  'verification-finished': 7,
  'sandbox-removed': 8,
};

function assertLegalTrial(events: readonly LoggedEvent[]): void {
  let place: number | 'queued' | 'ended' = 'queued';
  let leases = 0;
  for (const { event } of events) {
    expect(place).not.toBe('ended');
    if (event.type === 'trial-finished') {
      place = 'ended';
    } else if (event.type === 'trial-requeued') {
      place = 'queued';
    } else if (event.type === 'trial-leased') {
      expect(place).toBe('queued');
      expect(event.attempt).toBe((leases += 1));
      place = 0;
    } else {
      const next: number = placeInTry[event.type] ?? 4;
      expect(place).not.toBe('queued');
      expect(next).toBeGreaterThanOrEqual(Number(place));
      place = next;
    }
  }
  expect(place).toBe('ended');
  expect(leases).toBeLessThanOrEqual(maxTries);
}

async function assertInvariants(story: Story): Promise<void> {
  const { world } = story;
  for (const id of story.runIds) {
    const [run, trials, events] = [await world.runOf(id), await world.trialsOf(id), await world.eventsOf(id)];
    expect(['finished', 'cancelled']).toContain(run.status);
    expect(story.shownLast(id)).toBe(run.status);
    expect(trials).toHaveLength(run.spec.taskIds.length * run.spec.trialsPerTask);
    expect(trials.every(({ status, outcome }) => isTrialTerminal(status) && outcome?.kind === status)).toBe(
      true,
    );
    const counts = run.result?.counts ?? { registered: 0, solved: 0, unsolved: 0, faulted: 0, cancelled: 0 };
    const { registered, solved, unsolved, faulted, cancelled } = counts;
    expect(registered).toBe(trials.length);
    expect(solved + unsolved + faulted + cancelled).toBe(registered);
    expect(run.result?.digest).toBe(resultDigest(trials));

    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]?.event.type).toBe('run-queued');
    expect(events.at(-1)?.event.type).toBe(run.status === 'finished' ? 'run-finished' : 'run-cancelled');
    const byTrial = new Map<TrialId, LoggedEvent[]>(trials.map((trial) => [trial.id, []]));
    for (const event of events) if (event.trialId) byTrial.get(event.trialId)?.push(event);
    for (const ofTrial of byTrial.values()) assertLegalTrial(ofTrial);
  }
}

/** Lets the calls of the first process through one by one, ticking now and then; true when the run ended before `calls` were used. */
async function workUntilCall(story: Story, calls: number): Promise<boolean> {
  for (let call = 0; call < calls; call += 1) {
    if (call % 4 === 0) await story.play({ do: 'ticks', process: 0 });
    await story.play({ do: 'step', process: 0, count: 1, choice: 0 });
    story.world.time.advance(200);
    // What is compressed for the artifact store comes back from another thread.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (await story.isOver()) return true;
  }
  return false;
}

test.each(['kill', 'cancel'] as const)(
  'a %s after any one call of a run does no harm',
  async (what) => {
    for (let calls = 0, over = false; !over; calls += 1) {
      expect(calls).toBeLessThan(200);
      const world = await ControlPlaneWorld.open([sampleTask('right')]);
      try {
        const story = new Story(world);
        await story.play({ do: 'create', of: { tasks: [], trialsPerTask: 1 } });
        over = await workUntilCall(story, calls);
        await story.play(what === 'kill' ? { do: 'kill', process: 0 } : { do: 'cancel', process: 0, run: 0 });
        await story.heal();
        expect(world.sandboxes.sandboxes.size).toBe(0);
        await assertInvariants(story);
      } finally {
        await world.close();
      }
    }
  },
  60_000,
);

test('whatever dies, expires, breaks or is cancelled, in whatever order: one outcome each, one result, nothing left', async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.array(action, { minLength: 10, maxLength: 150 }), async (of, actions) => {
      const world = await ControlPlaneWorld.open([
        sampleTask('right'),
        sampleTask('wrong'),
        sampleTask('slow', { agentTimeoutMs: 20_000 }),
      ]);
      try {
        const story = new Story(world);
        await story.play({ do: 'create', of });
        for (const next of actions) await story.play(next);
        await story.heal();
        expect(world.sandboxes.sandboxes.size).toBe(0);
        await assertInvariants(story);
      } finally {
        await world.close();
      }
    }),
    { numRuns: 30 },
  );
}, 120_000);
