/**
 * Cuts GitHub's OpenAPI description down to the operations that ClawBench and its GitHub simulator use, as JSON Schema.
 *
 * The description is too large for a dependency (385 MB unpacked), so its subset is kept here. To renew it:
 *
 *     cd "$(mktemp -d)"
 *     npm pack @octokit/openapi@23.0.2
 *     tar xzf octokit-openapi-*.tgz package/generated/api.github.com.json
 *     node <project>/tests/github-schemas/extract.ts package/generated/api.github.com.json
 *
 * Prose and examples are dropped; OpenAPI 3.0's `nullable` becomes a JSON Schema type; an operation's answers are kept by status.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const operations = [
  'apps/create-installation-access-token',
  'apps/get-authenticated',
  'apps/get-installation',
  'apps/get-repo-installation',
  'apps/get-webhook-config-for-app',
  'apps/get-webhook-delivery',
  'apps/list-installations',
  'apps/list-repos-accessible-to-installation',
  'apps/list-webhook-deliveries',
  'apps/redeliver-webhook-delivery',
  'checks/create',
  'checks/create-suite',
  'checks/get',
  'checks/get-suite',
  'checks/list-annotations',
  'checks/list-for-ref',
  'checks/list-for-suite',
  'checks/list-suites-for-ref',
  'checks/rerequest-run',
  'checks/rerequest-suite',
  'checks/update',
  'git/get-ref',
  'issues/create-comment',
  'issues/delete-comment',
  'issues/get',
  'issues/get-comment',
  'issues/list-comments',
  'issues/list-comments-for-repo',
  'issues/list-for-repo',
  'issues/update-comment',
  'pulls/get',
  'pulls/list',
  'rate-limit/get',
  'reactions/create-for-issue',
  'reactions/create-for-issue-comment',
  'reactions/delete-for-issue',
  'reactions/delete-for-issue-comment',
  'reactions/list-for-issue',
  'reactions/list-for-issue-comment',
  'repos/get',
  'repos/get-branch',
  'repos/get-collaborator-permission-level',
  'repos/get-commit',
  'repos/get-content',
  'users/get-by-username',
];

const json = z.record(z.string(), z.unknown());
const descriptionSchema = z.object({
  info: z.object({ version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), json)),
  components: z.object({ schemas: json, responses: json, parameters: json }),
});
const content = z.object({ 'application/json': z.object({ schema: json }).optional() });

type Description = z.infer<typeof descriptionSchema>;

/** Words of a schema that only people read. */
const prose = new Set(['description', 'example', 'examples', 'default', 'externalDocs', 'deprecated']);

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node extract.ts path/to/api.github.com.json');
const description = descriptionSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
writeFileSync(new URL('openapi-subset.json', import.meta.url), oneLineEach(subset(description)));

/** One line for each operation and schema, so that a renewal shows what changed. */
function oneLineEach({ source, operations: kept, schemas }: ReturnType<typeof subset>): string {
  const lines = (entries: Record<string, unknown>) =>
    Object.entries(entries)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      .join(',\n');
  return `{"source":${JSON.stringify(source)},\n"operations":{\n${lines(kept)}\n},\n"schemas":{\n${lines(schemas)}\n}}\n`;
}

function subset(source: Description) {
  const needed = new Map<string, unknown>();
  const kept: Record<string, unknown> = {};
  for (const [path, methods] of Object.entries(source.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (typeof operation['operationId'] !== 'string') continue;
      if (!operations.includes(operation['operationId'])) continue;
      kept[`${method.toUpperCase()} ${path}`] = operationSubset(source, operation, needed);
    }
  }
  const missing = operations.length - Object.keys(kept).length;
  if (missing > 0) throw new Error(`${missing} of the operations are not in this description`);
  const schemas = Object.fromEntries([...needed].toSorted(([one], [other]) => one.localeCompare(other)));
  return { source: `@octokit/openapi, GitHub API ${source.info.version}`, operations: kept, schemas };
}

function operationSubset(source: Description, operation: z.infer<typeof json>, needed: Map<string, unknown>) {
  const body = json.safeParse(operation['requestBody']).data;
  const responses = Object.entries(json.parse(operation['responses'])).map(([status, response]) => [
    status,
    bodySchema(resolve(source, response), source, needed),
  ]);
  const parameters = z
    .array(json)
    .parse(operation['parameters'] ?? [])
    .map((parameter) => resolve(source, parameter))
    .filter((parameter) => parameter['in'] === 'query')
    .map((parameter) => [parameter['name'], convert(parameter['schema'], source, needed)]);
  return {
    operationId: operation['operationId'],
    query: Object.fromEntries(parameters),
    request: body ? bodySchema(body, source, needed) : null,
    responses: Object.fromEntries(responses),
  };
}

function bodySchema(holder: z.infer<typeof json>, source: Description, needed: Map<string, unknown>): unknown {
  const schema = content.safeParse(holder['content']).data?.['application/json']?.schema;
  return schema === undefined ? null : convert(schema, source, needed);
}

/** What a `$ref` to a response or parameter points at. */
function resolve(source: Description, value: unknown): z.infer<typeof json> {
  const object = json.parse(value);
  const [, kind, name] = /^#\/components\/(responses|parameters)\/(.+)$/.exec(String(object['$ref'])) ?? [];
  if (kind === 'responses' && name) return json.parse(source.components.responses[name]);
  if (kind === 'parameters' && name) return json.parse(source.components.parameters[name]);
  return object;
}

/** An OpenAPI 3.0 schema as JSON Schema; the schemas it refers to are added to `needed`. */
function convert(value: unknown, source: Description, needed: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, source, needed));
  const parsed = json.safeParse(value);
  if (!parsed.success) return value;
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(parsed.data['$ref']))?.[1];
  if (name !== undefined) {
    if (!needed.has(name)) {
      needed.set(name, null);
      needed.set(name, convert(source.components.schemas[name], source, needed));
    }
    return { $ref: `#/schemas/${name}` };
  }
  if (parsed.data['title'] === 'Installation' && value !== source.components.schemas['installation']) {
    // One operation carries a copy of this schema in which an account must be a user and an enterprise at once.
    return convert({ $ref: '#/components/schemas/installation' }, source, needed);
  }
  const { nullable, properties, ...rest } = parsed.data;
  const entries = Object.entries(rest)
    .filter(([key]) => !prose.has(key) && !key.startsWith('x-'))
    .map(([key, item]) => [key, convert(item, source, needed)]);
  const schema = {
    ...Object.fromEntries(entries),
    ...(properties !== undefined && { properties: convertProperties(properties, source, needed) }),
  };
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

/** Properties are named by the data: one called `description` or `default` stays. */
function convertProperties(value: unknown, source: Description, needed: Map<string, unknown>) {
  return Object.fromEntries(
    Object.entries(json.parse(value)).map(([key, item]) => [key, convert(item, source, needed)]),
  );
}
