import { z } from 'zod';
import { characters, invalidRequest } from '../exchange.ts';
import type { CheckRunChange } from '../resources/checks.ts';

/** A text no longer than `longest` characters. */
function text(longest: number) {
  return z.string().check((subject) => {
    const count = characters(subject.value);
    if (count <= longest) return;
    const message = `Only ${longest} characters are allowed; ${count} were supplied.`;
    subject.issues.push({ code: 'custom', message, input: subject.value });
  });
}

/** A list of no more than `most` items. */
function list<T extends z.ZodType>(item: T, most: number) {
  return z.array(item).check((subject) => {
    const count = subject.value.length;
    if (count <= most) return;
    const message = `No more than ${most} items are allowed; ${count} were supplied.`;
    subject.issues.push({ code: 'custom', message, input: subject.value });
  });
}

const longestOutput = 65_535;
const kibibytes64 = 64 * 1024;

const annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().optional(),
  end_column: z.number().int().optional(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: text(kibibytes64),
  title: text(255).optional(),
  raw_details: text(kibibytes64).optional(),
});

const output = z.object({
  title: z.string().optional(),
  summary: text(longestOutput),
  text: text(longestOutput).optional(),
  annotations: list(annotation, 50).optional(),
});

const action = z.object({ label: text(20), description: text(40), identifier: text(20) });
const time = z.iso.datetime({ offset: true });

const changeFields = {
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending']).optional(),
  started_at: time.optional(),
  completed_at: time.optional(),
  conclusion: z
    .enum(['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'])
    .optional(),
  output: output.optional(),
  actions: list(action, 3).optional(),
};

/** Body of `POST …/check-runs`. */
export const checkRunCreation = z.object({
  name: z.string(),
  head_sha: z.string(),
  ...changeFields,
  output: output.required({ title: true }).optional(),
});

/** Body of `PATCH …/check-runs/{check_run_id}`. */
export const checkRunUpdate = z.object({ name: z.string().optional(), ...changeFields });

/** A checked body as a change of a check run. @throws HTTPException 422 for fields that contradict each other. */
export function checkRunChange(body: z.infer<typeof checkRunUpdate>): CheckRunChange {
  const mustConclude = body.status === 'completed' || body.completed_at !== undefined;
  if (mustConclude && body.conclusion === undefined) {
    throw invalidRequest('"conclusion" wasn\'t supplied.');
  }
  return {
    name: body.name,
    externalId: body.external_id,
    detailsUrl: body.details_url,
    status: body.status,
    conclusion: body.conclusion,
    startedAt: body.started_at === undefined ? undefined : Date.parse(body.started_at),
    completedAt: body.completed_at === undefined ? undefined : Date.parse(body.completed_at),
    title: body.output?.title,
    summary: body.output?.summary,
    text: body.output?.text,
    annotations: body.output?.annotations?.map(annotationOf),
    actions: body.actions,
  };
}

function annotationOf(body: z.infer<typeof annotation>) {
  const hasColumns = body.start_column !== undefined || body.end_column !== undefined;
  if (hasColumns && body.start_line !== body.end_line) {
    throw invalidRequest('Columns are only allowed when start_line and end_line are the same.');
  }
  return {
    path: body.path,
    startLine: body.start_line,
    endLine: body.end_line,
    startColumn: body.start_column ?? null,
    endColumn: body.end_column ?? null,
    level: body.annotation_level,
    message: body.message,
    title: body.title ?? null,
    rawDetails: body.raw_details ?? null,
  };
}
