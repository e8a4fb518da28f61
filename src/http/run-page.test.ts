import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openApp } from '../../tests/world/edge-server.ts';
import {
  cancelledView,
  finishedView,
  runningView,
  sampleEvents,
  sampleRun,
  sampleRunId,
} from '../../tests/world/sample-run.ts';

const path = `/runs/${sampleRunId}`;

async function page(view = finishedView(), events = sampleEvents(), query = '') {
  const { app, controlPlane } = openApp();
  controlPlane.put(view, events);
  const response = await app.request(path + query);
  expect(response.status).toBe(200);
  return response.text();
}

test('a finished run shows its score with its interval, every trial, every gate with its reason', async () => {
  const text = (await page()).replace(/\s+/g, ' ');
  expect(text).toContain('60 %');
  expect(text).toContain('95 % interval 23.1 % to 88.2 %');
  expect(text).toContain('3 of 6');
  expect(text).toContain('A scripted model replayed fixed answers');
  expect(text).toContain('the model replays a script; it is not a real model');
  expect(text).toContain('the verifier left no reward');
  for (const taskId of sampleRun().spec.taskIds) expect(text).toContain(taskId);
  expect(text).toContain('4f1c09ab7e02</code>');
  expect(text).not.toContain('4f1c09ab7e02c3');
  expect(text).not.toContain('http-equiv="refresh"');
});

test('a live run loads again without JavaScript; a cancelled one says so', async () => {
  const live = await page(runningView());
  expect(live).toContain('<noscript><meta http-equiv="refresh" content="5" /></noscript>');
  expect(live).toContain(`data-last="${sampleEvents().length}"`);
  expect((await page(cancelledView())).replace(/\s+/g, ' ')).toContain('5 cancelled');
});

test('nothing on any page is inline: no script, style or handler in the markup', async () => {
  const { app, controlPlane } = openApp();
  controlPlane.put(runningView(), sampleEvents());
  for (const address of [path, '/runs', '/runs/nonsense', '/runs/01K0V5Z3QK6M1T6E0G2Q1N9999']) {
    const text = await (await app.request(address)).text();
    expect(text).toMatch(/<script src="\/assets\/[0-9a-f]{12}\/live\.js" defer><\/script>/);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
  }
});

test('style, script and icon are served from this service and may be kept', async () => {
  const { app } = openApp();
  const text = await (await app.request('/runs')).text();
  const addresses = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(new Set(addresses).size).toBe(3);
  for (const address of addresses) {
    const response = await app.request(address);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toContain('immutable');
  }
});

/** Everything a stranger can put on the page. */
const hostileText = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title><script>x</script>',
    '\u001b]8;;javascript:alert(1)\u0007x',
    '{{nonce}}',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

test('whatever an agent, a task or a person writes stays text', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, hostileText, async (one, two) => {
      const view = finishedView();
      const [template] = sampleEvents();
      const hostileRun = sampleRun({
        ...view.run,
        origin: { ...view.run.origin, requestedBy: one, headSha: two },
      });
      const text = await page(
        {
          ...view,
          run: hostileRun,
          trials: view.trials.map((trial) => ({
            ...trial,
            sandbox: trial.sandbox && { ...trial.sandbox, image: two },
            outcome: { kind: 'faulted', fault: 'task', message: one } as const,
          })),
          taskTitles: { 'fix-sum': one },
        },
        template
          ? [
              {
                ...template,
                event: {
                  type: 'tool-called',
                  callId: 'c',
                  tool: one,
                  input: JSON.stringify({ command: two }),
                },
              },
              {
                ...template,
                seq: 2,
                event: {
                  type: 'tool-returned',
                  callId: 'c',
                  tool: two,
                  failed: true,
                  output: one,
                  durationMs: 1,
                },
              },
              { ...template, seq: 3, event: { type: 'agent-text', text: two } },
            ]
          : [],
      );
      expect(text.match(/<script/g)).toHaveLength(1);
      expect(text).not.toMatch(/<img(?! src="\/assets)/);
      expect(text).not.toMatch(/<[^>]*\son[a-z]+\s*=/i);
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
    { numRuns: 60 },
  );
});

test('long text is cut with a link to all of it', async () => {
  const [template] = sampleEvents();
  if (!template) throw new Error('no sample');
  const text = await page(finishedView(), [
    { ...template, event: { type: 'agent-text', text: 'y'.repeat(50_000) } },
  ]);
  expect(text.length).toBeLessThan(40_000);
  expect(text).toContain(
    `<a href="/v1/runs/${sampleRunId}/events?after=0&amp;limit=1">47.0 k more characters</a>`,
  );
});

test('many events come in windows; a live page begins at the newest', async () => {
  const [template] = sampleEvents();
  if (!template) throw new Error('no sample');
  const many = Array.from({ length: 1_777 }, (_, index) => ({ ...template, seq: index + 1 }));
  const seqs = (text: string) => [...text.matchAll(/data-seq="(\d+)"/g)].map((match) => Number(match[1]));
  const first = await page(finishedView(), many);
  expect([seqs(first)[0], seqs(first).length]).toEqual([1, 500]);
  expect(first).toContain(`/runs/${sampleRunId}?from=501#events`);
  const second = await page(finishedView(), many, '?from=501');
  expect([seqs(second)[0], seqs(second).at(-1)]).toEqual([501, 1_000]);
  const live = await page(runningView(), many);
  expect([seqs(live)[0], seqs(live).at(-1)]).toEqual([1_278, 1_777]);
  expect(live).toContain('data-last="1777"');
});

test('a table of very many trials comes in pages', async () => {
  const view = finishedView();
  const trials = Array.from({ length: 700 }, (_, index) =>
    view.trials.map((trial) => ({ ...trial, taskId: `t-${index}` })),
  ).flat();
  const rows = (text: string) => text.match(/<td data-label="State"/g)?.length;
  const text = await page({ ...view, trials });
  expect(rows(text)).toBe(300);
  expect(text).toContain(`/runs/${sampleRunId}?trials=301#trials`);
  expect(rows(await page({ ...view, trials }, [], '?trials=4001'))).toBe(200);
});
