import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ApiExchange } from '../../src/github/simulator/exchange.ts';
import type { GitHubSimulator } from '../../src/github/simulator/simulator.ts';

/** What of a delivery is checked. */
export interface SentEvent {
  readonly event: string;
  /** JSON. */
  readonly body: string;
}

const schema = z.record(z.string(), z.unknown());
const subsetSchema = z.object({
  operations: z.record(
    z.string(),
    z.object({
      operationId: z.string(),
      query: z.record(z.string(), schema),
      request: schema.nullable(),
      responses: z.record(z.string(), schema.nullable()),
    }),
  ),
  schemas: z.record(z.string(), schema),
});

/** Compiled when first used: compiling all takes seconds. */
type Rule = () => ValidateFunction;

interface Operation {
  readonly id: string;
  readonly path: RegExp;
  readonly query: Rule;
  readonly request: Rule | null;
  /** By status; null for an answer without a body. */
  readonly responses: ReadonlyMap<string, Rule | null>;
}

interface Rules {
  readonly rest: ReadonlyMap<string, readonly Operation[]>;
  readonly hook: (name: string) => ValidateFunction | undefined;
}

let rules: Rules | undefined;

/**
 * What GitHub's OpenAPI description says against a request or its answer; empty when nothing. Fields that it does not name are fine
 * in an answer; missing or malformed ones, unknown query parameters and unknown operations are not. GraphQL is not described there.
 */
export function validateExchange(exchange: ApiExchange): readonly string[] {
  if (exchange.path.endsWith('/graphql')) return [];
  rules ??= loadRules();
  const where = `${exchange.method} ${exchange.path} → ${exchange.status}`;
  const operation = rules.rest.get(exchange.method)?.find(({ path }) => path.test(exchange.path));
  if (!operation) return [`${where}: not an operation of the subset`];
  return [...requestProblems(operation, exchange), ...answerProblems(operation, exchange)].map(
    (problem) => `${where} (${operation.id}): ${problem}`,
  );
}

/** What GitHub's webhook schemas say against an event's payload; empty when nothing. */
export function validateEvent({ event, body }: SentEvent): readonly string[] {
  rules ??= loadRules();
  const payload = z.looseObject({ action: z.string().optional() }).parse(JSON.parse(body));
  const name = `${event}$${payload.action ?? 'event'}`;
  const validate = rules.hook(name);
  if (!validate) return [`${name}: GitHub has no such event`];
  return problems(validate, payload).map((problem) => `${name}: ${problem}`);
}

/** Checks everything that passes through a simulator from now on. Call the result for what was wrong so far. */
export function watchSimulator(simulator: GitHubSimulator): () => readonly string[] {
  const found: string[] = [];
  simulator.observe((exchange) => void found.push(...validateExchange(exchange)));
  return () => [...found, ...simulator.world.deliveries().flatMap(validateEvent)];
}

function requestProblems(operation: Operation, exchange: ApiExchange): readonly string[] {
  const query = problems(operation.query(), { ...exchange.query }).map((text) => `query ${text}`);
  // A refused request may well be malformed: that is why it was refused.
  if (!operation.request || exchange.status >= 400) return query;
  return [
    ...query,
    ...problems(operation.request(), exchange.requestBody ?? {}).map((text) => `request ${text}`),
  ];
}

const errorBody = z.looseObject({ message: z.string(), documentation_url: z.url() });

function answerProblems(operation: Operation, exchange: ApiExchange): readonly string[] {
  const { status, responseBody } = exchange;
  if (status >= 400) {
    const isError = errorBody.safeParse(responseBody).success;
    if (!isError) return ["answer is not GitHub's form of an error"];
  }
  const validate = operation.responses.get(String(status));
  if (validate === undefined) {
    return status < 400 && status !== 304 ? [`answers with the undocumented status ${status}`] : [];
  }
  if (validate === null) return responseBody === undefined ? [] : ['answer should have no body'];
  return problems(validate(), responseBody).map((text) => `answer ${text}`);
}

function problems(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function loadRules(): Rules {
  return { rest: loadOperations(), hook: loadHooks() };
}

function loadOperations(): Rules['rest'] {
  const file = new URL('../github-schemas/openapi-subset.json', import.meta.url);
  const subset = subsetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ajv = newAjv();
  // A query is text on the wire; its schemas speak of numbers.
  const querySchemas = new Ajv({ strict: false, coerceTypes: true, validateSchema: false });
  formats.default(querySchemas);
  ajv.addSchema({ $id: 'github', schemas: subset.schemas });
  const compile = (part: z.infer<typeof schema>) => once(() => ajv.compile(schema.parse(absolute(part))));
  const byMethod = new Map<string, Operation[]>();
  for (const [name, { operationId, query, request, responses }] of Object.entries(subset.operations)) {
    const [method = '', template = ''] = name.split(' ');
    const operation = {
      id: operationId,
      path: pathPattern(template),
      query: once(() =>
        querySchemas.compile({ type: 'object', properties: query, additionalProperties: false }),
      ),
      request: request && compile(request),
      responses: new Map(Object.entries(responses).map(([status, part]) => [status, part && compile(part)])),
    };
    byMethod.set(method, [...(byMethod.get(method) ?? []), operation]);
  }
  for (const operations of byMethod.values()) {
    operations.sort((one, other) => placeholders(one.path) - placeholders(other.path));
  }
  return byMethod;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** `/repos/{owner}/{repo}` as an expression; the parameters that may hold slashes are GitHub's `ref`, `path` and `branch`. */
function pathPattern(template: string): RegExp {
  const expression = template
    .replace(/\{(?:path|branch)\}|(?<=git\/ref\/)\{ref\}/g, '.+')
    .replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${expression}$`);
}

/** Paths with fewer placeholders are more exact, and go first. */
function placeholders(path: RegExp): number {
  return path.source.split('+').length;
}

/** References within the subset, resolvable from any schema. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  const parsed = schema.safeParse(value);
  if (!parsed.success) return value;
  return Object.fromEntries(
    Object.entries(parsed.data).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? `github${item}` : absolute(item),
    ]),
  );
}

function loadHooks(): Rules['hook'] {
  const file = new URL(import.meta.resolve('@octokit/webhooks-schemas'));
  const document = z.looseObject({ definitions: z.record(z.string(), z.unknown()) });
  const { definitions } = document.parse(JSON.parse(readFileSync(file, 'utf8')));
  const compiled = new Map<string, ValidateFunction>();
  return (name) => {
    if (!(name in definitions)) return undefined;
    // Compiled with no more than it refers to: the whole document takes ten seconds.
    const needed = new Map<string, unknown>();
    const validate =
      compiled.get(name) ??
      newAjv().compile({
        $ref: `#/definitions/${name}`,
        definitions: Object.fromEntries(collect(definitions, name, needed)),
      });
    compiled.set(name, validate);
    return validate;
  };
}

/** A definition and all that it refers to, by name. */
function collect(
  definitions: Readonly<Record<string, unknown>>,
  name: string,
  found: Map<string, unknown>,
): Map<string, unknown> {
  if (found.has(name)) return found;
  const definition = definitions[name];
  found.set(name, definition);
  for (const [, reference] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) {
    if (reference !== undefined) collect(definitions, reference, found);
  }
  return found;
}

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  formats.default(ajv);
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  return ajv;
}
