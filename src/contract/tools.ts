import { z } from 'zod';
import { idSchema } from './run.ts';

const call = {
  run_id: idSchema.describe('The run you take part in, exactly as given in your instructions.'),
  trial_id: idSchema.describe('Your trial of that run, exactly as given in your instructions.'),
  client_call_id: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters without spaces')
    .describe(
      'An id you choose for this call, new for every new call. Sending the same id again gives the first result and does nothing twice, so a call that got lost may be repeated safely.',
    ),
};

const path = z.string().min(1).max(4096);

/** Largest command, file or answer a tool takes, in characters. */
const textLimit = 500_000;

export const execInputSchema = z.strictObject({
  ...call,
  command: z
    .string()
    .min(1)
    .max(textLimit)
    .describe(
      'Shell command, run by /bin/sh -c. Each call is a fresh shell: use cwd or "cd dir && …", and redirect the output of background processes.',
    ),
  cwd: path
    .optional()
    .describe('Directory to run in; relative paths start at the task’s working directory, the default.'),
  timeout_ms: z
    .int()
    .min(100)
    .max(3_600_000)
    .optional()
    .describe(
      'Milliseconds until the command and all it started are killed; default 120000. Never beyond the time left for the task.',
    ),
});

export const execOutputSchema = z.strictObject({
  ending: z.enum(['exited', 'timed-out']),
  exit_code: z.int().nullable().describe('null when the command was killed at its timeout'),
  stdout: z.string(),
  stderr: z.string(),
  dropped_bytes: z.int().nonnegative().describe('bytes of output that are not shown; a note marks the place'),
  duration_ms: z.number().nonnegative(),
});

export const readFileInputSchema = z.strictObject({
  ...call,
  path: path.describe('File to read; relative paths start at the task’s working directory.'),
  offset: z.int().nonnegative().optional().describe('First byte to read; default 0.'),
  limit: z.int().min(1).max(131_072).optional().describe('Most bytes to read; default 65536.'),
});

export const readFileOutputSchema = z.strictObject({
  path: z.string(),
  content: z.string(),
  encoding: z.enum(['utf-8', 'base64']).describe('base64 when the bytes are not text'),
  size: z.int().nonnegative().describe('bytes of the whole file'),
  next_offset: z.int().nonnegative().nullable().describe('where to go on reading; null at the end'),
});

export const writeFileInputSchema = z.strictObject({
  ...call,
  path: path.describe(
    'File to create or replace, with its directories; relative paths start at the task’s working directory.',
  ),
  content: z.string().max(textLimit).describe('The whole new content, as text.'),
});

export const writeFileOutputSchema = z.strictObject({
  path: z.string(),
  bytes_written: z.int().nonnegative(),
});

export const submitAnswerInputSchema = z.strictObject({
  ...call,
  answer: z
    .string()
    .min(1)
    .max(textLimit)
    .describe('The final answer, exactly in the form the task asks for, without explanation around it.'),
});

export const submitAnswerOutputSchema = z.strictObject({ accepted: z.literal(true) });
