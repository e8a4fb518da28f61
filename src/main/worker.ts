import type { Timestamp } from '../domain/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { systemClock } from './identifiers.ts';
import { startLoop } from './loop.ts';
import { wireService, type Service, type Surroundings } from './wire.ts';

const workEveryMs = 1_000;
const sweepEveryMs = 2_000;

/** The loops of a process that executes trials. */
export interface WorkerLoops {
  /** Claims nothing more and ends or hands back what is held, by `deadline` at the latest. */
  stop(deadline: Timestamp): Promise<void>;
}

/** Starts claiming, executing and sweeping. */
export function startWorkerLoops(service: Service, log: Log): WorkerLoops {
  const { parts, nudge } = service;
  const work = startLoop({
    name: 'worker',
    everyMs: workEveryMs,
    log,
    tick: () => parts.tickWorker(systemClock.now()),
  });
  const sweep = startLoop({
    name: 'sweep',
    everyMs: sweepEveryMs,
    log,
    tick: () => parts.tickSweep(systemClock.now()),
  });
  const unlisten = nudge.listen((change) => {
    if (change.kind === 'events') return;
    work.nudge();
    sweep.nudge();
  });
  return {
    async stop(deadline) {
      unlisten();
      await work.stop();
      await parts.drain(deadline);
      await sweep.stop();
    },
  };
}

/** A worker alone, against a database it shares with a service. */
export async function startWorker(surroundings: Surroundings): Promise<{ stop(): Promise<void> }> {
  const service = await wireService(surroundings);
  const loops = startWorkerLoops(service, surroundings.log);
  return {
    async stop() {
      await loops.stop(systemClock.now() + 10_000);
      await service.close();
    },
  };
}
