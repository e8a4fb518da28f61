#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runCli } from '../cli/cli.ts';
import { exitCodes, type CliStream } from '../cli/cli-options.ts';
import { readConfig } from '../config/config.ts';
import { readOperatorToken } from '../config/credentials.ts';
import { ClawBenchError } from '../domain/errors.ts';
import { localCommands } from './local-commands.ts';

const usageCodes = new Set(['invalid-input', 'not-found', 'unsupported']);

function stream(output: NodeJS.WriteStream): CliStream {
  return {
    write: (text) => void output.write(text),
    isTTY: output.isTTY,
    get columns() {
      return output.isTTY ? output.columns : undefined;
    },
  };
}

/** Aborted by the first signal to stop; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(argv: readonly string[]): Promise<number> {
  const config = readConfig();
  const interrupted = interruption();
  const stdout = stream(process.stdout);
  return runCli(argv, {
    stdout,
    stderr: stream(process.stderr),
    service: { url: config.serviceUrl, token: readOperatorToken(config) ?? null },
    local: localCommands({ stdout, interrupted, readConfig: () => config }),
    now: () => Date.now(),
    wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    newRequestKey: randomUUID,
    interrupted,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  if (!(thrown instanceof ClawBenchError)) throw thrown;
  process.stderr.write(`clawbench: ${thrown.message}\n${thrown.hint ? `${thrown.hint}\n` : ''}`);
  process.exitCode = usageCodes.has(thrown.code) ? exitCodes.usage : exitCodes.infrastructure;
}
