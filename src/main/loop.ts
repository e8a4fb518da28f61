import type { Log } from '../telemetry/log.ts';

/** A tick that is called again and again, never twice at once. */
export interface Loop {
  /** Ticks soon, or once more after the tick that is under way. */
  nudge(): void;
  /** No further tick begins; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly name: string;
  /** Milliseconds from the end of a tick to the next, when nobody nudges. */
  readonly everyMs: number;
  readonly tick: () => Promise<unknown>;
  readonly log: Log;
}

/** Starts a loop. A tick that throws is logged and tried again at the next turn: a loop never ends by itself. */
export function startLoop({ name, everyMs, tick, log }: LoopOptions): Loop {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    try {
      await tick();
    } catch (error) {
      log.error('a loop’s tick failed and will be tried again', { loop: name, error });
    }
  };

  const begin = (): void => {
    clearTimeout(timer);
    again = false;
    current = run().finally(() => {
      current = undefined;
      if (stopped) return;
      if (again) begin();
      else timer = setTimeout(begin, everyMs);
    });
  };

  begin();
  return {
    nudge() {
      if (stopped) return;
      if (current) again = true;
      else begin();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
