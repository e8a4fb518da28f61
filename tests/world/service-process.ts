import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readOperatorToken } from '../../src/config/credentials.ts';

/** A running `clawbench serve` or `worker`: the product as an operator starts it. */
export interface ServiceProcess {
  /** `http://127.0.0.1:PORT`; empty for a worker. */
  readonly url: string;
  readonly operatorToken: string;
  /** Everything it wrote, for the message of a failing test. */
  output(): string;
  /** Ends it without a word, as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to stop and waits; resolves to the exit code. */
  stop(): Promise<number | null>;
}

const startTimeoutMs = 30_000;

async function firstLine(child: ChildProcess, matches: RegExp, output: () => string): Promise<string> {
  const { stdout } = child;
  if (!stdout) throw new Error('the service has no standard output');
  const found = Promise.withResolvers<string>();
  const lines = createInterface(stdout);
  lines.on('line', (line) => {
    const [, value] = matches.exec(line) ?? [];
    if (value !== undefined) found.resolve(value);
  });
  child.once('exit', (code) => found.reject(new Error(`the service ended with ${code}:\n${output()}`)));
  const timeout = setTimeout(
    () => found.reject(new Error(`the service is not ready:\n${output()}`)),
    startTimeoutMs,
  );
  return found.promise.finally(() => clearTimeout(timeout));
}

/** Starts a command of the product with nothing in its environment but `environment` and the PATH; resolves when it is ready. */
export async function startService(
  command: 'serve' | 'worker',
  environment: Readonly<Record<string, string>> & { readonly CLAWBENCH_HOME: string },
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['src/main/clawbench.ts', command], {
    env: { PATH: process.env['PATH'], HOME: environment.CLAWBENCH_HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: Buffer[] = [];
  const keep = (chunk: Buffer): void => void written.push(chunk);
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const output = (): string => Buffer.concat(written).toString();
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  const url = await firstLine(
    child,
    command === 'serve' ? /listening on (http\S+)/ : /(worker) is ready/,
    output,
  );
  return {
    url: command === 'serve' ? url : '',
    operatorToken: readOperatorToken({ home: environment.CLAWBENCH_HOME, operatorToken: undefined }) ?? '',
    output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}
