import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { ClawBenchError } from '../../domain/errors.ts';
import type { InstallationToken, SimulatedApp } from './state.ts';

/** Who a request comes from. */
export type ApiCaller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: SimulatedApp }
  | { readonly kind: 'installation'; readonly token: InstallationToken };

export interface ApiEnvironment {
  Bindings: HttpBindings;
  Variables: { caller: ApiCaller; requestId: string };
}

export type ApiContext = Context<ApiEnvironment>;

/** One request and its answer, as they went over the wire. */
export interface ApiExchange {
  readonly method: string;
  /** Without `/api/v3` and the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined without a body. */
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: unknown;
}

const documentation = 'https://docs.github.com/rest';

/** An error with GitHub's body, to be thrown by a route. */
export function apiError(
  status: ContentfulStatusCode,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): HTTPException {
  const body = { message, ...more, documentation_url: documentation, status: String(status) };
  return new HTTPException(status, { message, res: Response.json(body, { status }) });
}

export function notFound(): HTTPException {
  return apiError(404, 'Not Found');
}

interface FieldProblem {
  readonly resource: string;
  readonly field: string;
  readonly code: string;
  readonly message?: string;
}

/** 422 "Validation Failed", as the older resources answer. */
export function validationFailed(problem: FieldProblem): HTTPException {
  return apiError(422, 'Validation Failed', { errors: [problem] });
}

/** 422 "Invalid request.", as GitHub's schema check of newer resources answers. */
export function invalidRequest(detail: string): HTTPException {
  return apiError(422, `Invalid request.\n\n${detail}`);
}

/**
 * The request's JSON body, checked.
 * @throws HTTPException 400 when it is not JSON, 422 in GitHub's words when it does not fit.
 */
export async function readBody<T>(context: ApiContext, schema: z.ZodType<T>): Promise<T> {
  const body = await parseJson(context);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (!issue) throw new ClawBenchError('internal', 'a schema refused a body without saying why');
  throw invalidRequest(describeIssue(issue, body));
}

async function parseJson(context: ApiContext): Promise<unknown> {
  const text = await context.req.text();
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw apiError(400, 'Problems parsing JSON');
  }
}

function describeIssue(issue: z.core.$ZodIssue, body: unknown): string {
  if (issue.code === 'custom') return issue.message;
  const field = String(issue.path.at(-1) ?? 'body');
  const value = valueAt(body, issue.path);
  if (value === undefined) return `"${field}" wasn't supplied.`;
  const shown = value === null ? 'nil' : JSON.stringify(value);
  if (issue.code === 'invalid_value') {
    return `For 'properties/${field}', ${shown} is not a member of ${JSON.stringify(issue.values)}.`;
  }
  const wanted = issue.code === 'invalid_type' ? `a ${issue.expected}` : 'valid';
  return `For 'properties/${field}', ${shown} is not ${wanted}.`;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}

const pageQuery = z.object({
  page: z.coerce.number().int().min(1).catch(1),
  per_page: z.coerce.number().int().min(1).max(100).catch(30),
});

/** The asked-for page of `items`; sets the `Link` header when there are several. */
export function paginate<T>(context: ApiContext, items: readonly T[]): readonly T[] {
  const raw = pageQuery.parse(context.req.query());
  const asked = Number(context.req.query('per_page'));
  const size = asked > 100 ? 100 : raw.per_page;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (page: number, relation: string) =>
    page >= 1 && page <= last && page !== raw.page
      ? [`<${withQuery(context, { page: String(page), per_page: String(size) })}>; rel="${relation}"`]
      : [];
  const links = [
    ...link(raw.page - 1, 'prev'),
    ...link(raw.page + 1, 'next'),
    ...(raw.page < last ? link(last, 'last') : []),
    ...(raw.page > 1 ? link(1, 'first') : []),
  ];
  if (links.length > 0) context.header('link', links.join(', '));
  return items.slice((raw.page - 1) * size, raw.page * size);
}

/** This request's address as the client wrote it, with some query values replaced. */
export function withQuery(context: ApiContext, values: Readonly<Record<string, string>>): string {
  const { incoming } = context.env;
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return url.href;
}

/** Length as GitHub and JSON Schema count it: Unicode characters. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A numeric path parameter. @throws HTTPException 404 when it is none. */
export function numberParameter(context: ApiContext, name: string): number {
  const text = context.req.param(name) ?? '';
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}
