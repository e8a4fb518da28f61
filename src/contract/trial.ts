import { z } from 'zod';
import { trialStatuses } from '../domain/trial.ts';
import { outcomeDocumentSchema, spendDocumentSchema } from './result.ts';
import { idSchema } from './run.ts';

const moment = z.iso.datetime();

/** One agent, one task, one repetition, one fresh sandbox. */
export const trialDocumentSchema = z.strictObject({
  id: idSchema,
  runId: idSchema,
  taskId: z.string(),
  repetition: z.int().positive(),
  status: z.enum(trialStatuses),
  tries: z.int().nonnegative(),
  sandbox: z
    .strictObject({
      provider: z.string(),
      id: z.string().describe('first 12 characters of the id at the provider'),
      image: z.string(),
      imageDigest: z.string(),
    })
    .nullable(),
  turns: z.int().nonnegative(),
  spend: spendDocumentSchema,
  outcome: outcomeDocumentSchema.nullable(),
  createdAt: moment,
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
});

export type TrialDocument = z.infer<typeof trialDocumentSchema>;
