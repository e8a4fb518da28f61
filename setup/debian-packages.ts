import { hasProgram, isRoot, runProgram } from './process.ts';
import { StepFailure, type SetupStep } from './step.ts';

const installCommand = ['apt-get', 'install', '-y', '-q', '--no-install-recommends'];

/** Debian packages that bring a program: present when `probe` resolves to true. */
export function debianPackages(options: {
  readonly title: string;
  readonly packages: readonly string[];
  readonly probe: () => Promise<boolean>;
}): SetupStep {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${options.packages.join(' ')}`;
  return {
    title: options.title,
    async check() {
      if (await options.probe()) return { kind: 'present' };
      return {
        kind: 'missing',
        plan: `install ${options.packages.join(', ')} with apt-get`,
        asksFirst: true,
      };
    },
    async apply(say) {
      if (!(await hasProgram('apt-get'))) {
        throw new StepFailure(
          `${options.title} is missing and this system has no apt-get`,
          `install ${options.title}`,
        );
      }
      if (!isRoot())
        throw new StepFailure(
          `${options.title} is missing and only root can install it`,
          `sudo sh -c '${command}'`,
        );
      try {
        await runProgram('apt-get', ['update', '-q'], { say, timeoutMs: 300_000 });
        await runProgram('env', ['DEBIAN_FRONTEND=noninteractive', ...installCommand, ...options.packages], {
          say,
          timeoutMs: 900_000,
        });
      } catch (error) {
        throw new StepFailure(`${options.title} could not be installed`, command, error);
      }
    },
    async undo(say) {
      await runProgram('apt-get', ['remove', '-y', '-q', ...options.packages], { say, timeoutMs: 300_000 });
    },
  };
}
