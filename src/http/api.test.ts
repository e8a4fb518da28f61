import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { edgeToken, openApp } from '../../tests/world/edge-server.ts';
import {
  finishedView,
  runningView,
  sampleEvents,
  sampleRun,
  sampleRunId,
} from '../../tests/world/sample-run.ts';
import { operations } from '../contract/operations.ts';
import { ClawBenchError } from '../domain/errors.ts';

const bearer = { Authorization: `Bearer ${edgeToken}` };
const json = { 'Content-Type': 'application/json' };

function post(body: unknown, headers: Record<string, string> = { ...bearer, ...json }): RequestInit {
  return { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

test('a request becomes a run, once', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.admit = () => ({ kind: 'created', run: sampleRun({ status: 'queued' }) });
  const response = await app.request(
    '/v1/runs',
    post({ pack: 'entry-test', tasks: ['fix-*'], budgetMicroUsd: 2_500_000, requestKey: 'k1' }),
  );
  expect(response.status).toBe(201);
  const body = operations.create_run.output.parse(await response.json());
  expect(body).toMatchObject({
    created: true,
    run: { id: sampleRunId, pack: 'entry-test@1', scripted: true },
  });
  expect(controlPlane.requests[0]).toMatchObject({
    pack: 'entry-test',
    tasks: ['fix-*'],
    budget: 2_500_000,
    origin: { kind: 'api', key: 'api:k1', requestedBy: 'operator', thread: null },
  });
});

test('a refused request says each fault and the nearest valid thing', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.admit = () => ({
    kind: 'refused',
    faults: [{ field: 'pack', message: 'there is no "entri-test"', nearest: 'entry-test', valid: [] }],
  });
  const response = await app.request('/v1/runs', post({ pack: 'entri-test' }));
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: {
      code: 'invalid-input',
      message: 'pack: there is no "entri-test"',
      hint: 'Did you mean "entry-test"?',
    },
  });
});

test.each([
  ['an unknown field', { pack: 'entry-test', agnet: 'x' }, /agnet/],
  ['a wrong type', { pack: 'entry-test', trialsPerTask: 'many' }, /trialsPerTask/],
  ['no object', [1], /not a JSON object/],
  ['no JSON', '{"pack":', /not a JSON object/],
])('%s is refused with status 400', async (_name, body, reason) => {
  const { app, controlPlane } = openApp();
  const response = await app.request('/v1/runs', post(body));
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(reason);
  expect(controlPlane.requests).toEqual([]);
});

test('only the operator may act; a wrong token is never public', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.put(runningView());
  const wrong = { Authorization: 'Bearer nonsense' };
  for (const init of [post({ pack: 'x' }, json), post({ pack: 'x' }, { ...json, ...wrong })]) {
    const response = await app.request('/v1/runs', init);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  }
  const cancel = `/v1/runs/${sampleRunId}/cancel`;
  expect((await app.request(cancel, post({}, json))).status).toBe(401);
  expect((await app.request(`/v1/runs/${sampleRunId}`, { headers: wrong })).status).toBe(401);
  expect((await app.request(`/runs/${sampleRunId}`, { headers: wrong })).status).toBe(401);
  expect(controlPlane.cancelled).toEqual([]);
  expect((await app.request(cancel, post('', bearer))).status).toBe(200);
  expect(controlPlane.cancelled).toEqual([sampleRunId]);
});

test('without public runs everything needs the token; without a token nothing can be done', async () => {
  const closed = openApp({ publicRuns: false });
  closed.controlPlane.put(runningView());
  for (const path of ['/v1/runs', `/v1/runs/${sampleRunId}`, `/v1/runs/${sampleRunId}/events`, '/runs']) {
    expect((await closed.app.request(path)).status).toBe(401);
    expect((await closed.app.request(path, { headers: bearer })).status).toBe(200);
  }
  const off = openApp({ operatorToken: null });
  expect((await off.app.request('/v1/runs', post({ pack: 'x' }))).status).toBe(401);
});

test('runs, one run and its events are read in pages', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.put(finishedView(), sampleEvents());
  const runs = operations.list_runs.output.parse(await (await app.request('/v1/runs?limit=1')).json());
  expect(runs).toMatchObject({ next: sampleRunId, runs: [{ id: sampleRunId }] });
  const run = operations.get_run.output.parse(await (await app.request(`/v1/runs/${sampleRunId}`)).json());
  expect(run.trials[0]?.sandbox?.id).toHaveLength(12);
  const page = await app.request(`/v1/runs/${sampleRunId.toLowerCase()}/events?after=3&limit=2`);
  const events = operations.read_events.output.parse(await page.json());
  expect(events.events.map(({ seq }) => seq)).toEqual([4, 5]);
  expect(events.next).toBe(5);
});

test('secrets are gone from events and faults', async () => {
  const { app, controlPlane } = openApp();
  const secret = ['ghs', 'Ab12'.repeat(9)].join('_');
  const [first] = sampleEvents();
  const view = finishedView();
  const trials = view.trials.map((trial) => ({
    ...trial,
    outcome: { kind: 'faulted', fault: 'task', message: `x ${secret}` } as const,
  }));
  const event = { type: 'agent-text', text: `my token is ${secret}` } as const;
  controlPlane.put({ ...view, trials }, first ? [{ ...first, event }] : []);
  for (const path of [`/v1/runs/${sampleRunId}/events`, `/v1/runs/${sampleRunId}`, `/runs/${sampleRunId}`]) {
    const text = await (await app.request(path, { headers: bearer })).text();
    expect(text).not.toContain(secret);
    expect(text).toContain('[redacted:github-token]');
  }
});

test.each([
  ['/v1/runs/nonsense', 400],
  ['/v1/runs/01K0V5Z3QK6M1T6E0G2Q1N9999', 404],
  ['/v1/runs/01K0V5Z3QK6M1T6E0G2Q1N9999/events', 404],
  ['/v1/runs?limit=1000', 400],
  ['/v1/runs?color=red', 400],
  ['/v1/nothing', 404],
])('%s is answered with %i and a reason', async (path, status) => {
  const { app } = openApp();
  const response = await app.request(path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({
    error: { code: expect.any(String), message: expect.any(String) },
  });
});

test('a body over a megabyte is refused, however it is sent', async () => {
  const { app } = openApp();
  const body = JSON.stringify({ pack: 'x'.repeat(1_100_000) });
  const init = post(body);
  const chunked = { ...init, body: new Blob([body]).stream(), duplex: 'half' };
  const length = { ...init, headers: { ...bearer, ...json, 'Content-Length': '1100011' } };
  for (const request of [chunked, length]) {
    const response = await app.request('/v1/runs', request);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'limit-reached' } });
  }
});

test('trouble inside is logged, not told', async () => {
  const { app, controlPlane, log } = openApp();
  controlPlane.listRuns = async () => {
    throw new TypeError('/secret/path/db.sqlite is corrupt');
  };
  const response = await app.request('/v1/runs');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('/secret');
  expect(JSON.stringify(log.lines)).toContain('/secret/path');
});

test('health and readiness', async () => {
  expect((await openApp().app.request('/healthz')).status).toBe(200);
  expect((await openApp().app.request('/readyz')).status).toBe(200);
  const ready = async () => {
    throw new ClawBenchError('unavailable', 'the database is gone');
  };
  expect((await openApp({ ready }).app.request('/readyz')).status).toBe(503);
});

test('every answer carries the security headers', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.put(runningView());
  for (const path of [
    '/runs',
    `/runs/${sampleRunId}`,
    '/v1/runs',
    '/v1/nothing',
    '/runs/nonsense',
    '/healthz',
  ]) {
    const { headers } = await app.request(path);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

const openApi = z.object({
  openapi: z.literal('3.1.1'),
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }).loose())),
});
const contents = z.object({
  content: z.object({ 'application/json': z.object({ schema: z.looseObject({}) }) }),
});

test('the OpenAPI document has every route, and schemas that real answers satisfy', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.put(finishedView(), sampleEvents());
  const document = openApi.parse(await (await app.request('/v1/openapi.json')).json());
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((row) => row.operationId),
  );
  expect(ids.sort()).toEqual([
    'cancel_run',
    'create_run',
    'get_run',
    'list_benchmarks',
    'list_runs',
    'read_events',
  ]);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const path of ['/v1/runs', '/v1/runs/{runId}', '/v1/runs/{runId}/events', '/v1/benchmarks']) {
    const row = z
      .object({ responses: z.record(z.string(), z.unknown()) })
      .parse(document.paths[path]?.['get']);
    const { schema } = contents.parse(row.responses['200']).content['application/json'];
    const answer: unknown = await (await app.request(path.replace('{runId}', sampleRunId))).json();
    expect([ajv.validate(schema, answer), ajv.errors ?? []]).toEqual([true, []]);
  }
});
