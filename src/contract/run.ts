import { z } from 'zod';
import { agentDriverIds } from '../domain/agent-identity.ts';
import { lanes, runStatuses } from '../domain/run.ts';
import { resultDocumentSchema } from './result.ts';

/** 26 characters of Crockford base 32; lower case is accepted. */
export const idSchema = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$/, 'must be an id of 26 letters and digits')
  .describe('id of 26 letters and digits, for example 01K0V5Z3QK6M1T6E0G2Q1N4W7B');

const moment = z.iso.datetime();

/** One accepted request and how far it is. Times are ISO 8601 in UTC, money is millionths of a US dollar. */
export const runDocumentSchema = z.strictObject({
  id: idSchema,
  status: z.enum(runStatuses),
  pack: z.string().describe('benchmark and version, for example entry-test@1'),
  packDigest: z.string(),
  taskIds: z.array(z.string()),
  trialsPerTask: z.int().positive(),
  agent: z.strictObject({
    name: z.string(),
    driver: z.enum(agentDriverIds),
    model: z.string().nullable().describe('provider/id; null for drivers that call no model'),
  }),
  scripted: z.boolean().describe('true when a scripted model stood in for a real one: never eligible'),
  limits: z.strictObject({
    agentTimeoutMs: z.int().positive(),
    maxTurns: z.int().positive(),
    maxTokens: z.int().positive(),
    maxCostMicroUsd: z.int().nonnegative(),
  }),
  lane: z.enum(lanes),
  priceTable: z.string(),
  requestedBy: z.string(),
  origin: z.enum(['github', 'api', 'cli', 'instrument']),
  thread: z.string().nullable().describe('gh:owner/repo#pr:17'),
  headSha: z.string().nullable(),
  cancelRequestedBy: z.string().nullable(),
  result: resultDocumentSchema.nullable(),
  createdAt: moment,
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
});

export type RunDocument = z.infer<typeof runDocumentSchema>;
