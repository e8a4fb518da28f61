import type { CliFailure, CliOptions } from './cli-options.ts';

/** Says what went wrong and what to do; resolves to the exit code. */
export function reportFailure(failure: CliFailure, { stderr }: CliOptions): number {
  stderr.write(`clawbench: ${failure.message}\n${failure.hint ? `${failure.hint}\n` : ''}`);
  return failure.exitCode;
}
