import type { AgentDriver } from '../agent-driver.ts';

/** Does nothing: shows what a task scores when nobody works on it, and what a trial costs besides the work. */
export function createNopAgent(): AgentDriver {
  return {
    id: 'nop',
    needsModel: false,
    async *run() {
      yield { type: 'agent-end', ending: { kind: 'finished', detail: 'did nothing' }, turns: 0 };
    },
  };
}
