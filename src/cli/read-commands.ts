import { formatShare } from '../contract/figures.ts';
import { operations } from '../contract/operations.ts';
import type { RunDocument } from '../contract/run.ts';
import { exitCodes } from './cli-options.ts';
import type { RemoteCommand } from './remote-command.ts';
import { reportFailure } from './report-failure.ts';
import { watchToEnd } from './run-command.ts';
import { reportRun } from './run-report.ts';
import { terminalSafe } from './terminal-safe.ts';
import { drawTable } from './text-table.ts';

export const runsCommand: RemoteCommand = {
  summary: 'list runs, newest first',
  usage: '[options]',
  words: 0,
  flags: {
    live: { type: 'boolean', help: 'only runs that are not over' },
    limit: { type: 'string', value: 'N', help: 'at most this many, 20 unless given, up to 200' },
  },
  async run(input, client, options) {
    const limit = Number(input.text('limit') ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
      return reportFailure(
        {
          exitCode: exitCodes.usage,
          message: '--limit must be a number from 1 to 200',
          hint: 'Write --limit 50.',
        },
        options,
      );
    }
    const answer = await client.call(operations.list_runs, {
      limit,
      ...(input.has('live') ? { live: true } : {}),
    });
    if (answer.kind === 'failed') return reportFailure(answer.failure, options);
    const { runs } = answer.value;
    if (input.has('json')) options.stdout.write(`${JSON.stringify(answer.value)}\n`);
    else if (runs.length === 0) {
      options.stdout.write('There is no run yet. Start one with: clawbench run entry-test\n');
    } else {
      const head = ['RUN', 'STATE', 'BENCHMARK', 'AGENT', 'SCORE', 'ASKED FOR'];
      options.stdout.write(`${drawTable(head, runs.map(runCells)).join('\n')}\n`);
    }
    return exitCodes.passed;
  },
};

export const showCommand: RemoteCommand = {
  summary: 'show one run with its trials',
  usage: '<run> [options]',
  words: 1,
  flags: {
    follow: { type: 'boolean', help: 'watch it until it is over; the exit code is then its verdict' },
  },
  async run(input, client, options) {
    const runId = input.words[0] ?? '';
    if (input.has('follow')) return watchToEnd(runId, input, { client, options });
    const answer = await client.call(operations.get_run, { runId });
    if (answer.kind === 'failed') return reportFailure(answer.failure, options);
    const text = input.has('json')
      ? `${JSON.stringify(answer.value)}\n`
      : reportRun(answer.value, client.url);
    options.stdout.write(text);
    return exitCodes.passed;
  },
};

export const cancelCommand: RemoteCommand = {
  summary: 'end a run early; what was graded is kept',
  usage: '<run>',
  words: 1,
  flags: {},
  async run(input, client, options) {
    const runId = input.words[0] ?? '';
    const answer = await client.call(operations.cancel_run, { runId });
    if (answer.kind === 'failed') return reportFailure(answer.failure, options);
    const words = {
      requested: `Run ${runId} is being cancelled.`,
      already: `Somebody asked to cancel run ${runId} before; it is on its way.`,
      'too-late': `Run ${runId} is over; there is nothing to cancel.`,
    };
    const said = words[answer.value.answer];
    options.stdout.write(`${input.has('json') ? JSON.stringify(answer.value) : said}\n`);
    return exitCodes.passed;
  },
};

export const packListCommand: RemoteCommand = {
  summary: 'list the benchmarks and the bench packs installed',
  usage: '',
  words: 0,
  flags: {},
  async run(input, client, options) {
    const answer = await client.call(operations.list_benchmarks, {});
    if (answer.kind === 'failed') return reportFailure(answer.failure, options);
    if (input.has('json')) {
      options.stdout.write(`${JSON.stringify(answer.value)}\n`);
      return exitCodes.passed;
    }
    const rows = answer.value.benchmarks.flatMap(({ id, title, packs }) =>
      packs.length === 0
        ? [[id, 'not installed', '', title]]
        : packs.map((pack) => [
            `${id}@${pack.version}`,
            `${pack.tasks.length} tasks`,
            pack.faults > 0 ? `${pack.faults} broken` : '',
            title,
          ]),
    );
    options.stdout.write(`${drawTable(['PACK', 'TASKS', '', 'BENCHMARK'], rows).join('\n')}\n`);
    return exitCodes.passed;
  },
};

function runCells(run: RunDocument): readonly string[] {
  const mean = run.result?.score.mean ?? null;
  return [
    run.id,
    run.status,
    run.pack,
    `${terminalSafe(run.agent.name)}${run.scripted ? ' (scripted)' : ''}`,
    mean === null ? '-' : formatShare(mean),
    run.createdAt.slice(0, 16).replace('T', ' '),
  ];
}
