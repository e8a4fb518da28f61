import { ClawBenchError } from './errors.ts';

/** How an agent is started and listened to. */
export const agentDriverIds = ['builtin', 'oracle', 'nop', 'fake'] as const;

export type AgentDriverId = (typeof agentDriverIds)[number];

export function isAgentDriverId(text: string): text is AgentDriverId {
  return agentDriverIds.some((id) => id === text);
}

/** Drivers that are instruments for checking a bench pack; a person's run can never use them. */
export const instrumentDriverIds: readonly AgentDriverId[] = ['oracle', 'nop', 'fake'];

/** Our own test runs carry this name. */
export const testerAgentName = 'Tester_agent';

const shape = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;
const modelWords =
  /(^|[-_.])(gpt|claude|gemini|sonnet|opus|haiku|llama|mistral|kimi|deepseek|qwen|o[1-9])([-_.\d]|$)/i;
const labelWords = /(^|[-_.])(canary|batch|run|trial|nightly|test\d+|\d{4}-\d{2})([-_.\d]|$)/i;

/**
 * Checks a public participant name.
 * A name is who takes part, for years; the model, the batch and the canary are metadata of one run.
 * @throws ClawBenchError `invalid-input` with the reason and where the fact belongs instead.
 */
export function assertAgentName(name: string): void {
  if (!shape.test(name)) {
    throw new ClawBenchError('invalid-input', `"${name.slice(0, 60)}" cannot be an agent name`, {
      hint: 'Use 1 to 40 letters, digits, dots, dashes and underscores, beginning with a letter.',
    });
  }
  if (modelWords.test(name) && name !== 'Claude-Code') {
    throw new ClawBenchError('invalid-input', `the agent name "${name}" carries a model`, {
      hint: 'Name the agent alone (for example "Codex") and give the model with model=….',
    });
  }
  if (labelWords.test(name)) {
    throw new ClawBenchError('invalid-input', `the agent name "${name}" carries a label of one run`, {
      hint: 'Name the agent alone; labels, batches and canaries belong in the run’s metadata.',
    });
  }
}
