import { z } from 'zod';
import { agentDriverIds } from '../domain/agent-identity.ts';
import { benchmarkDocumentSchema } from './catalog.ts';
import { eventDocumentSchema } from './event.ts';
import { idSchema, runDocumentSchema } from './run.ts';
import * as tools from './tools.ts';
import { trialDocumentSchema } from './trial.ts';

/** Who may use an operation: whoever holds the operator's token, anyone who may see runs, or the agent of a running trial. */
export type OperationNeeds = 'operator' | 'public-read' | 'trial';

/** One thing that can be asked of the service. HTTP routes, OpenAPI, MCP tools and the CLI are made from these rows. */
export interface OperationRow {
  readonly summary: string;
  readonly needs: OperationNeeds;
  readonly http?: {
    readonly method: 'GET' | 'POST';
    /** `:name` takes the input field of that name. */
    readonly path: `/v1/${string}`;
    readonly status?: 201;
  };
  /** Name of its MCP tool; `summary` is then what a model reads to use it well. */
  readonly tool?: `clawbench_${string}`;
  /** Can also be followed live, as server-sent events. */
  readonly follow?: true;
  readonly hints: {
    readonly readOnly: boolean;
    readonly destructive: boolean;
    readonly idempotent: boolean;
  };
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
}

const reads = { readOnly: true, destructive: false, idempotent: true } as const;

const createRunInputSchema = z.strictObject({
  pack: z
    .string()
    .min(1)
    .max(130)
    .describe('benchmark, with or without a version: entry-test or entry-test@1'),
  agent: z.string().max(40).optional().describe('public name of the agent under test'),
  driver: z.enum(agentDriverIds).optional().describe('how the agent is started'),
  model: z.string().max(120).optional().describe('provider/id, for example anthropic/claude-sonnet-4-5'),
  tasks: z
    .array(z.string().min(1).max(200))
    .max(1000)
    .default([])
    .describe('task ids or globs; empty means all'),
  trialsPerTask: z.int().min(1).max(100).optional(),
  budgetMicroUsd: z.int().positive().optional().describe('money for the whole run'),
  limits: z
    .strictObject({
      agentTimeoutMs: z.int().positive().optional(),
      maxTurns: z.int().positive().optional(),
      maxTokens: z.int().positive().optional(),
      maxCostMicroUsd: z.int().nonnegative().optional(),
    })
    .optional()
    .describe('hard limits of one trial; absent means the task’s or the service’s'),
  requestKey: z
    .string()
    .regex(/^[\w:.-]{1,100}$/)
    .optional()
    .describe('repeating a request with the same key makes no second run'),
  via: z.enum(['api', 'cli']).default('api'),
});

const runInputSchema = z.strictObject({ runId: idSchema });

/** THE operations table: adding a row without a handler in `src/operations` does not compile. */
export const operations = {
  list_benchmarks: {
    summary: 'The benchmark catalog and the bench packs installed here, with their tasks.',
    needs: 'public-read',
    http: { method: 'GET', path: '/v1/benchmarks' },
    hints: reads,
    input: z.strictObject({}),
    output: z.strictObject({ benchmarks: z.array(benchmarkDocumentSchema) }),
  },
  create_run: {
    summary: 'Check a request and queue it as a run.',
    needs: 'operator',
    http: { method: 'POST', path: '/v1/runs', status: 201 },
    hints: { readOnly: false, destructive: false, idempotent: false },
    input: createRunInputSchema,
    output: z.strictObject({
      run: runDocumentSchema,
      created: z.boolean().describe('false when an earlier request with this key made the run'),
    }),
  },
  list_runs: {
    summary: 'Runs, newest first.',
    needs: 'public-read',
    http: { method: 'GET', path: '/v1/runs' },
    hints: reads,
    input: z.strictObject({
      thread: z.string().max(200).optional().describe('gh:owner/repo#pr:17'),
      live: z.boolean().optional().describe('true: only runs that are not over'),
      before: idSchema.optional().describe('only runs made before this one, for paging'),
      limit: z.int().min(1).max(200).default(50),
    }),
    output: z.strictObject({
      runs: z.array(runDocumentSchema),
      next: idSchema.nullable().describe('`before` of the next page; null at the end'),
    }),
  },
  get_run: {
    summary: 'One run with its trials and its place in the queue.',
    needs: 'public-read',
    http: { method: 'GET', path: '/v1/runs/:runId' },
    hints: reads,
    input: runInputSchema,
    output: z.strictObject({
      run: runDocumentSchema,
      trials: z.array(trialDocumentSchema),
      taskTitles: z.record(z.string(), z.string()),
      ahead: z.int().nonnegative().describe('live runs queued before this one'),
    }),
  },
  cancel_run: {
    summary: 'End a run early: what was graded before is kept, its sandboxes are removed.',
    needs: 'operator',
    http: { method: 'POST', path: '/v1/runs/:runId/cancel' },
    hints: { readOnly: false, destructive: true, idempotent: true },
    input: runInputSchema,
    output: z.strictObject({
      answer: z
        .enum(['requested', 'already', 'too-late'])
        .describe('`already`: somebody asked before; `too-late`: the run is over'),
    }),
  },
  read_events: {
    summary:
      'The events of a run in order, with secrets removed. With "Accept: text/event-stream" they go on live.',
    needs: 'public-read',
    http: { method: 'GET', path: '/v1/runs/:runId/events' },
    follow: true,
    hints: reads,
    input: z.strictObject({
      runId: idSchema,
      after: z.int().nonnegative().default(0).describe('only events with a greater seq'),
      limit: z.int().min(1).max(1000).default(200),
    }),
    output: z.strictObject({
      events: z.array(eventDocumentSchema),
      next: z.int().nullable().describe('`after` of the next page; null when there is nothing more yet'),
    }),
  },
  exec: {
    summary:
      'Run a shell command in your task’s sandbox and get its exit code, stdout and stderr. Long output is cut in the middle with a note: filter it (grep, head, tail) or write it to a file. A command that fails is a normal result with its exit code, not an error of the tool.',
    needs: 'trial',
    tool: 'clawbench_exec',
    hints: { readOnly: false, destructive: true, idempotent: false },
    input: tools.execInputSchema,
    output: tools.execOutputSchema,
  },
  read_file: {
    summary:
      'Read a file of your task’s sandbox. Long files come in pieces: go on at next_offset until it is null.',
    needs: 'trial',
    tool: 'clawbench_read_file',
    hints: reads,
    input: tools.readFileInputSchema,
    output: tools.readFileOutputSchema,
  },
  write_file: {
    summary:
      'Create or replace a whole file in your task’s sandbox; missing directories are made. For a small change of a large file use clawbench_exec with sed or a patch instead.',
    needs: 'trial',
    tool: 'clawbench_write_file',
    hints: { readOnly: false, destructive: true, idempotent: true },
    input: tools.writeFileInputSchema,
    output: tools.writeFileOutputSchema,
  },
  submit_answer: {
    summary:
      'Hand in the final answer of a task that asks a question. One answer is accepted and cannot be changed: check your work first. Tasks that ask you to change files need no answer.',
    needs: 'trial',
    tool: 'clawbench_submit_answer',
    hints: { readOnly: false, destructive: false, idempotent: true },
    input: tools.submitAnswerInputSchema,
    output: tools.submitAnswerOutputSchema,
  },
} as const satisfies Record<string, OperationRow>;

export type OperationName = keyof typeof operations;

/** What a handler gets: parsed, defaults filled in. */
export type OperationInput<Name extends OperationName> = z.output<(typeof operations)[Name]['input']>;

/** What a caller sends. */
export type OperationRequest<Name extends OperationName> = z.input<(typeof operations)[Name]['input']>;

export type OperationOutput<Name extends OperationName> = z.output<(typeof operations)[Name]['output']>;

/** Rows that are tools of a trial's agent. */
export type ToolOperationName = {
  [Name in OperationName]: (typeof operations)[Name] extends { readonly tool: string } ? Name : never;
}[OperationName];

function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(operations, text);
}

/** Names of all rows, in the order of the table. */
export const operationNames: readonly OperationName[] = Object.keys(operations).filter(isOperationName);
