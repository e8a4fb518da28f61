import type { Timestamp } from '../domain/clock.ts';
import type { ControlPlane } from './control-plane.ts';
import type { ControlPlaneDeps } from './deps.ts';
import { PublishLoop } from './publish-loop.ts';
import { ControlPlaneService } from './service.ts';
import { Sweep } from './sweep.ts';
import { Worker } from './worker.ts';

/**
 * The control plane of one process. A process calls the ticks it is responsible for, about once a second and at each
 * nudge, and never the same tick twice at once; every tick does all there is to do at `now`.
 */
export interface ControlPlaneParts {
  readonly controlPlane: ControlPlane;
  /** Keeps leases, stops cancelled trials, claims and starts others. Worker processes only. */
  readonly tickWorker: (now: Timestamp) => Promise<void>;
  /** Expires leases, settles runs, removes orphaned sandboxes. Wherever sandboxes of this host can be reached. */
  readonly tickSweep: (now: Timestamp) => Promise<void>;
  /** Publishes what changed. One process of an installation is enough; several do no harm. */
  readonly tickPublish: (now: Timestamp) => Promise<void>;
  /** Claims nothing more and ends or gives back what is held, by `deadline` at the latest; ten seconds are enough. */
  readonly drain: (deadline: Timestamp) => Promise<void>;
  /** Trials being executed by this process. */
  readonly load: () => number;
}

export function createControlPlane(deps: ControlPlaneDeps): ControlPlaneParts {
  const worker = new Worker(deps);
  const sweep = new Sweep(deps);
  const publishLoop = new PublishLoop(deps);
  return {
    controlPlane: new ControlPlaneService(deps),
    tickWorker: (now) => worker.tick(now),
    tickSweep: (now) => sweep.tick(now),
    tickPublish: (now) => publishLoop.tick(now),
    drain: (deadline) => worker.drain(deadline),
    load: () => worker.load,
  };
}
