import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { exitCodes, type CliStream, type LocalCommand } from '../cli/cli-options.ts';
import type { Config } from '../config/config.ts';
import { openCredentials } from '../config/credentials.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { runPackCheck } from './check-pack.ts';
import { runDemo } from './demo/demo.ts';
import { createLog, silentLog } from './pino-log.ts';
import { startServing } from './serve.ts';
import { startWorker } from './worker.ts';
import { openStores, type Surroundings } from './wire.ts';

/** The process a local command runs in. */
export interface LocalProcess {
  readonly stdout: CliStream;
  readonly readConfig: () => Config;
  /** Aborted at the first SIGINT or SIGTERM. */
  readonly interrupted: AbortSignal;
}

function parse<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ClawBenchError('invalid-input', error instanceof Error ? error.message : String(error), {
      hint: 'The options of a command: clawbench <command> --help',
    });
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function surroundingsOf(process: LocalProcess): Surroundings {
  const config = process.readConfig();
  return { config, credentials: openCredentials(config), log: createLog(config.logLevel) };
}

function serveCommand(process: LocalProcess): LocalCommand {
  return {
    summary: 'run the service: webhooks, API, pages and a worker in one process',
    usage: '',
    help: ['Everything is set in the environment; docs/operations.md lists the variables.'],
    async run(args) {
      parse(args, {});
      const running = await startServing(surroundingsOf(process));
      process.stdout.write(`ClawBench is listening on ${running.url}\n`);
      await untilAborted(process.interrupted);
      await running.stop();
      return exitCodes.passed;
    },
  };
}

function workerCommand(process: LocalProcess): LocalCommand {
  return {
    summary: 'run a worker alone, on the database of a service',
    usage: '',
    help: ['Set DATABASE_URL and CLAWBENCH_SECRET_KEY as the service has them.'],
    async run(args) {
      parse(args, {});
      const worker = await startWorker(surroundingsOf(process));
      process.stdout.write('The ClawBench worker is ready\n');
      await untilAborted(process.interrupted);
      await worker.stop();
      return exitCodes.passed;
    },
  };
}

function migrateCommand(process: LocalProcess): LocalCommand {
  return {
    summary: 'bring the database up to date (serve and worker do it at start)',
    usage: '',
    help: ['Prints the migrations it applied; doing it again changes nothing.'],
    async run(args) {
      parse(args, {});
      const applied: string[] = [];
      const stores = await openStores({ config: process.readConfig(), log: silentLog }, (name) =>
        applied.push(name),
      );
      await stores.close();
      process.stdout.write(
        applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`,
      );
      return exitCodes.passed;
    },
  };
}

function demoCommand(process: LocalProcess): LocalCommand {
  return {
    summary: 'show the whole way on this machine, without GitHub and without a key',
    usage: '[--once]',
    help: ['--once  end after the comment instead of serving on'],
    async run(args) {
      const { values } = parse(args, { once: { type: 'boolean', default: false } });
      await runDemo({
        config: process.readConfig(),
        log: createLog('warn'),
        print: (line) => process.stdout.write(`${line}\n`),
        stopped: untilAborted(process.interrupted),
        once: values.once,
      });
      return exitCodes.passed;
    },
  };
}

function packCheckCommand(process: LocalProcess): LocalCommand {
  return {
    summary: 'prove a bench pack: solutions score 1; nothing, mistakes and cheats score 0',
    usage: '<benchmark>[@version] [--json]',
    help: ['--json  the report as JSON, for machines'],
    async run(args) {
      const { values, positionals } = parse(args, { json: { type: 'boolean', default: false } });
      const [name] = positionals;
      if (!name || positionals.length > 1) {
        throw new ClawBenchError('invalid-input', 'name one bench pack', {
          hint: 'For example: clawbench pack check entry-test',
        });
      }
      const print = (line: string): void => {
        if (!values.json) process.stdout.write(`${line}\n`);
      };
      const report = await runPackCheck(name, surroundingsOf(process), {
        print,
        signal: process.interrupted,
      });
      for (const fault of report.faults) print(`✘ ${fault.file}: ${fault.message}`);
      const failed = report.rows.filter((row) => !row.passed).length;
      print(
        report.passed
          ? `✔ all ${report.rows.length} checks passed`
          : `✘ ${failed} of ${report.rows.length} checks failed`,
      );
      if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return report.passed ? exitCodes.passed : exitCodes.failed;
    },
  };
}

/** Commands that work in this process instead of asking the service. */
export function localCommands(process: LocalProcess): Readonly<Record<string, LocalCommand>> {
  return {
    demo: demoCommand(process),
    serve: serveCommand(process),
    worker: workerCommand(process),
    'pack check': packCheckCommand(process),
    migrate: migrateCommand(process),
  };
}
