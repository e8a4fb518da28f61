import { spawn } from 'node:child_process';
import { sandboxBase } from './sandbox-base.ts';
import { askConsent } from './consent.ts';
import { dockerEngine } from './docker-engine.ts';
import { ProgressPrinter } from './progress.ts';
import { StepFailure, type SetupStep } from './step.ts';
import { chromium, postgresqlPrograms } from './test-programs.ts';

/** What an npm script does: first the steps it needs, then its programs in order, the arguments going to the last. */
interface Task {
  readonly steps: readonly SetupStep[];
  readonly programs: readonly (readonly string[])[];
}

const sandboxSteps = [dockerEngine, sandboxBase];

const tasks: Readonly<Record<string, Task>> = {
  check: {
    steps: [],
    programs: [
      ['oxfmt', '--check'],
      ['npm', 'run', '--silent', 'lint'],
      ['tsc', '--project', '.'],
      ['knip'],
      ['vitest', 'run', '--project', 'unit', 'tests/architecture.test.ts'],
    ],
  },
  test: { steps: [...sandboxSteps, postgresqlPrograms, chromium], programs: [['vitest', 'run']] },
  demo: { steps: sandboxSteps, programs: [['node', 'src/main/clawbench.ts', 'demo']] },
  bench: { steps: [...sandboxSteps, postgresqlPrograms], programs: [['node', 'tests/bench/main.ts']] },
  clawbench: { steps: [], programs: [['node', 'src/main/clawbench.ts']] },
};

const exitUsage = 2;
const exitInfrastructure = 3;

async function putInPlace(
  step: SetupStep,
  given: { readonly yes: boolean; readonly ci: boolean },
): Promise<void> {
  const state = await step.check();
  if (state.kind === 'present') return;
  if (state.asksFirst) {
    const consent = await askConsent(`clawbench needs ${step.title}. May I ${state.plan}?`, given);
    if (consent === 'nobody-to-ask') {
      throw new StepFailure(
        `${step.title} is missing, and there is no terminal to ask on`,
        'run the same command with -- --yes (or CI=true) to let it ' + state.plan,
      );
    }
    if (consent === 'refused') throw new StepFailure(`${step.title} is missing`, state.plan);
  }
  const progress = new ProgressPrinter(step.title);
  await step.apply((line) => progress.say(line));
  progress.done();
}

function run(program: readonly string[]): Promise<number> {
  const [command = '', ...args] = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    // The program gets the terminal's Ctrl-C itself and ends in its own time; this process waits for it.
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.on('SIGINT', () => {});
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const ci = argv[0] === '--ci';
  const [name = '', ...rest] = ci ? argv.slice(1) : argv;
  const task = tasks[name];
  if (!task) {
    process.stderr.write(`clawbench: unknown task "${name}"; there are: ${Object.keys(tasks).join(', ')}\n`);
    return exitUsage;
  }
  const yes = task.steps.length > 0 && rest.includes('--yes');
  const args = yes ? rest.filter((argument) => argument !== '--yes') : rest;
  for (const step of task.steps) await putInPlace(step, { yes, ci });
  for (const [index, program] of task.programs.entries()) {
    const last = index === task.programs.length - 1;
    const code = await run(last ? [...program, ...args] : program);
    if (code !== 0) return code;
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  const cause = error.cause instanceof Error ? `\n${error.cause.message}` : '';
  process.stderr.write(`\nclawbench: ${error.message}.${cause}\nWhat to do:\n    ${error.command}\n`);
  process.exitCode = exitInfrastructure;
}
