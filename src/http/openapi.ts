import { z } from 'zod';
import { errorDocumentSchema } from '../contract/error.ts';
import type { OperationRow } from '../contract/operations.ts';
import { routedOperations } from './api-routes.ts';

/** The API as an OpenAPI 3.1 document, made from the operations table: https://spec.openapis.org/oas/v3.1.1 */
export function openApiDocument(options: { readonly version: string; readonly publicRuns: boolean }) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, row } of routedOperations) {
    const path = row.http.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [row.http.method.toLowerCase()]: operation(name, row, options.publicRuns),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'ClawBench',
      version: options.version,
      description: 'Runs of coding agents on benchmark tasks: start, watch and read them.',
    },
    paths,
    components: {
      securitySchemes: { operator: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(errorDocumentSchema, 'output') },
    },
  };
}

function operation(name: string, row: OperationRow, publicRuns: boolean) {
  const { method = 'GET', path = '/v1/', status = 200 } = row.http ?? {};
  const open = row.needs === 'public-read' && publicRuns;
  const body = method === 'GET' ? undefined : requestBody(row.input, path);
  return {
    operationId: name,
    summary: row.summary,
    security: open ? [{}, { operator: [] }] : [{ operator: [] }],
    parameters: parameters(row.input, method, path),
    ...(body ? { requestBody: body } : {}),
    responses: {
      [status]: {
        description: 'done',
        content: {
          'application/json': { schema: jsonSchema(row.output, 'output') },
          ...(row.follow ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
        },
      },
      default: {
        description: 'refused or failed',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function parameters(input: z.ZodObject, method: 'GET' | 'POST', path: string) {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  return Object.entries(properties)
    .map(([name, schema]) => ({ name, schema, inPath: path.includes(`:${name}`) }))
    .filter(({ inPath }) => inPath || method === 'GET')
    .map(({ name, schema, inPath }) => ({
      name,
      in: inPath ? 'path' : 'query',
      required: inPath || required.includes(name),
      schema,
    }));
}

function requestBody(input: z.ZodObject, path: string) {
  const bodyFields = Object.fromEntries(
    Object.entries(input.shape).filter(([name]) => !path.includes(`:${name}`)),
  );
  if (Object.keys(bodyFields).length === 0) return undefined;
  const schema = jsonSchema(z.strictObject(bodyFields), 'input');
  return { required: true, content: { 'application/json': { schema } } };
}

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
