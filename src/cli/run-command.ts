import { operations, type OperationRequest } from '../contract/operations.ts';
import { exitCodes, type CliFailure, type CliOptions } from './cli-options.ts';
import type { CliInput, RemoteCommand } from './remote-command.ts';
import { reportFailure } from './report-failure.ts';
import { headline, resultLines, verdictOf } from './run-report.ts';
import type { ServiceClient } from './service-client.ts';
import { watchRun } from './watch-run.ts';

/** `clawbench run <benchmark>`: queue a run and watch it to its end. */
export const runCommand: RemoteCommand = {
  summary: 'run an agent on a benchmark and wait for the score',
  usage: '<benchmark>[@version] [options]',
  words: 1,
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'public name of the agent under test' },
    driver: { type: 'string', value: 'ID', help: 'how the agent is started, for example builtin' },
    model: { type: 'string', value: 'PROVIDER/ID', help: 'model the agent uses' },
    task: { type: 'string', multiple: true, value: 'GLOB', help: 'only these tasks; may be repeated' },
    trials: { type: 'string', value: 'N', help: 'trials of each task' },
    budget: { type: 'string', value: 'DOLLARS', help: 'money for the whole run, for example 2.50' },
    timeout: { type: 'string', value: 'TIME', help: 'limit of a trial, for example 90s or 10m' },
    detach: { type: 'boolean', help: 'queue the run and return at once' },
  },
  async run(input, client, options) {
    const request = readRequest(input, options.newRequestKey());
    if ('failure' in request) return reportFailure(request.failure, options);
    const created = await client.call(operations.create_run, request.request);
    if (created.kind === 'failed') return reportFailure(created.failure, options);
    const { run } = created.value;
    if (input.has('detach')) {
      const text = input.has('json')
        ? JSON.stringify(created.value)
        : `${headline(run)}\n${client.url}/runs/${run.id}`;
      options.stdout.write(`${text}\n`);
      return exitCodes.passed;
    }
    return watchToEnd(run.id, input, { client, options });
  },
};

/** Watches a run until it is over and tells what came of it; the exit code is its verdict. */
export async function watchToEnd(
  runId: string,
  input: CliInput,
  { client, options }: { readonly client: ServiceClient; readonly options: CliOptions },
): Promise<number> {
  const begun = await client.call(operations.get_run, { runId });
  if (begun.kind === 'failed') return reportFailure(begun.failure, options);
  options.stderr.write(`${headline(begun.value.run)}\n${client.url}/runs/${runId}\n`);
  await watchRun(client, begun.value, options);
  if (options.interrupted.aborted) {
    options.stderr.write(`\nThe run goes on. Stop it with: clawbench cancel ${runId}\n`);
    return exitCodes.infrastructure;
  }
  const ended = await client.call(operations.get_run, { runId });
  if (ended.kind === 'failed') return reportFailure(ended.failure, options);
  const { run } = ended.value;
  if (run.result === null) return reportFailure(lostTouch(runId), options);
  options.stdout.write(
    input.has('json') ? `${JSON.stringify(ended.value)}\n` : `${resultLines(run).join('\n')}\n`,
  );
  return verdictOf(run);
}

function lostTouch(runId: string): CliFailure {
  return {
    exitCode: exitCodes.infrastructure,
    message: 'the connection to the service was lost while the run went on',
    hint: `See how it stands with: clawbench show ${runId} --follow`,
  };
}

type ReadRequest = { readonly request: OperationRequest<'create_run'> } | { readonly failure: CliFailure };

function readRequest(input: CliInput, requestKey: string): ReadRequest {
  const trialsPerTask = wholeNumber(input.text('trials'));
  const budgetMicroUsd = microDollars(input.text('budget'));
  const agentTimeoutMs = milliseconds(input.text('timeout'));
  if (trialsPerTask === null) return usageFailure('--trials must be a whole number', 'Write --trials 5.');
  if (budgetMicroUsd === null)
    return usageFailure('--budget must be an amount in dollars', 'Write --budget 2.50.');
  if (agentTimeoutMs === null) {
    return usageFailure(
      '--timeout must be a time',
      'Write seconds or minutes: --timeout 90s, --timeout 10m.',
    );
  }
  const driver = driverSchema.safeParse(input.text('driver'));
  if (!driver.success) {
    return usageFailure('there is no such driver', `Drivers: ${driverSchema.unwrap().options.join(', ')}.`);
  }
  return {
    request: {
      pack: input.words[0] ?? '',
      agent: input.text('agent'),
      driver: driver.data,
      model: input.text('model'),
      tasks: [...input.texts('task')],
      trialsPerTask,
      budgetMicroUsd,
      limits: agentTimeoutMs === undefined ? undefined : { agentTimeoutMs },
      requestKey,
      via: 'cli',
    },
  };
}

const driverSchema = operations.create_run.input.shape.driver;

function usageFailure(message: string, hint: string): { readonly failure: CliFailure } {
  return { failure: { exitCode: exitCodes.usage, message, hint } };
}

function wholeNumber(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null;
}

function microDollars(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  const amount = /^\$?(\d{1,6}(?:\.\d{1,6})?)$/.exec(text)?.[1];
  return amount === undefined ? null : Math.round(Number(amount) * 1_000_000);
}

function milliseconds(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (amount === undefined) return null;
  const factor = unit === 'h' ? 3_600_000 : unit === 'm' ? 60_000 : 1_000;
  return Number(amount) * factor;
}
