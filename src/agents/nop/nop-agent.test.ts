import { startAgentTrial } from '../../../tests/world/agent-trial.ts';
import { describeAgentDriver } from '../agent-driver.contract.ts';
import { createNopAgent } from './nop-agent.ts';

describeAgentDriver('nop', {
  finishing: async (signal) => ({
    driver: createNopAgent(),
    context: (await startAgentTrial({ signal })).context,
    secrets: [],
    close: async () => undefined,
  }),
  endless: null,
  broken: null,
  lacking: null,
});
