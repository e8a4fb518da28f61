import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { openServer } from '../../tests/world/edge-server.ts';
import { finishedView, runningView, sampleEvents, sampleRunId } from '../../tests/world/sample-run.ts';

const path = `/v1/runs/${sampleRunId}/events`;

/** Reads frames of a stream until `enough` says so, or it ends. */
async function readFrames(response: Response, enough: (frames: readonly string[]) => boolean) {
  const frames: string[] = [];
  let pending = '';
  if (!response.body) throw new Error('no body');
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    pending += chunk;
    const parts = pending.split('\n\n');
    pending = parts.pop() ?? '';
    frames.push(...parts);
    if (enough(frames)) break;
  }
  return frames;
}

const ids = (frames: readonly string[]) =>
  frames.flatMap((frame) => /^id: (\d+)$/m.exec(frame)?.[1] ?? []).map(Number);
const accept = { Accept: 'text/event-stream' };

test('history comes first, then live events, in the stored order, then the end', async () => {
  await using server = await openServer();
  const events = sampleEvents();
  server.controlPlane.put(runningView(), events.slice(0, 10));
  const response = await fetch(server.url + path, { headers: accept });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reading = readFrames(response, () => false);
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(1));
  server.controlPlane.put(runningView(), events.slice(10, 20));
  server.controlPlane.put(finishedView(), events.slice(20));
  const frames = await reading;
  expect(ids(frames)).toEqual(events.map(({ seq }) => seq));
  expect(frames.at(-1)).toContain('event: end');
  const stored: unknown = await (await fetch(`${server.url}${path}`)).json();
  const live = frames
    .flatMap((frame) => /^data: (\{"runId.*)$/m.exec(frame)?.[1] ?? [])
    .map((text) => JSON.parse(text));
  expect(stored).toMatchObject({ events: live });
});

test('a client that comes back goes on after the last event it got', async () => {
  await using server = await openServer();
  const events = sampleEvents();
  server.controlPlane.put(finishedView(), events);
  const first = await readFrames(
    await fetch(server.url + path, { headers: accept }),
    (frames) => ids(frames).length >= 7,
  );
  const last = ids(first)[6] ?? 0;
  const headers = { ...accept, 'Last-Event-ID': String(last) };
  const rest = await readFrames(await fetch(`${server.url}${path}?after=1`, { headers }), () => false);
  expect([...ids(first).slice(0, 7), ...ids(rest)]).toEqual(events.map(({ seq }) => seq));
});

test('silence is filled with comments, and a client that leaves is let go', async () => {
  await using server = await openServer({ streams: { heartbeatMs: 20 } });
  server.controlPlane.put(runningView());
  const leave = new AbortController();
  const response = await fetch(server.url + path, { headers: accept, signal: leave.signal });
  const beats = (frames: readonly string[]) => frames.filter((frame) => frame === ': still here').length;
  await readFrames(response, (frames) => beats(frames) >= 2);
  leave.abort();
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(0));
});

test('a client that takes nothing is dropped while others go on', async () => {
  await using server = await openServer({ streams: { heartbeatMs: 50, stallMs: 200, bufferLength: 20_000 } });
  const [template] = sampleEvents();
  if (!template) throw new Error('no sample');
  const many = Array.from({ length: 4_000 }, (_, index) => ({
    ...template,
    seq: index + 1,
    event: { type: 'agent-text', text: 'x'.repeat(8_000) } as const,
  }));
  server.controlPlane.put(runningView(), many);
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`);
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(1));
  const good = await fetch(server.url + path, { headers: accept });
  const frames = await readFrames(good, (taken) => taken.length > 4_000);
  expect(ids(frames)).toHaveLength(4_000);
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(0), { timeout: 5_000 });
  socket.destroy();
}, 15_000);

test('an unknown run is refused before anything streams, and so is one client too many', async () => {
  await using server = await openServer({ streams: { maxFollowers: 1 } });
  expect((await fetch(server.url + path, { headers: accept })).status).toBe(404);
  server.controlPlane.put(runningView());
  const first = await fetch(server.url + path, { headers: accept });
  const second = await fetch(server.url + path, { headers: accept });
  expect([first.status, second.status]).toEqual([200, 503]);
  await first.body?.cancel();
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(0));
});

test('a stopping service ends its streams without saying the run is over', async () => {
  await using server = await openServer();
  server.controlPlane.put(runningView(), sampleEvents().slice(0, 3));
  const response = await fetch(server.url + path, { headers: accept });
  const reading = readFrames(response, () => false);
  await vi.waitFor(() => expect(server.controlPlane.followers).toBe(1));
  server.stopping.abort();
  const frames = await reading;
  expect(frames.join('\n')).not.toContain('event: end');
});
