import { expect, test } from 'vitest';
import { openBrowser } from '../world/browser.ts';
import { openServer } from '../world/edge-server.ts';
import { cancelledView, finishedView, runningView, sampleEvents, sampleRunId } from '../world/sample-run.ts';

const path = `/runs/${sampleRunId}`;

test('a run page follows its run live, in order, to the end', async () => {
  await using server = await openServer();
  await using browser = await openBrowser();
  const events = sampleEvents();
  server.controlPlane.put(runningView(), events.slice(0, 3));
  const page = await browser.open(server.url + path);
  await page.getByText('Live.').waitFor();
  server.controlPlane.put(runningView(), events.slice(3, 20));
  await page.locator('#stream li[data-seq="20"]').waitFor();
  await browser.shoot(page, 'run-running');
  server.controlPlane.put(finishedView(), events.slice(20));
  await page.getByText('The run is over.').waitFor();
  const groups = await page.locator('#stream details').all();
  const seqs = await Promise.all(
    groups.map((group) =>
      group.locator('li').evaluateAll((items) => items.map((item) => Number(item.getAttribute('data-seq')))),
    ),
  );
  for (const group of seqs) expect(group).toEqual(group.toSorted((a, b) => a - b));
  expect(seqs.flat().toSorted((a, b) => a - b)).toEqual(events.map(({ seq }) => seq));
  expect(await page.title()).toBe('entry-test@1 finished · ClawBench');
  await page.getByText('not eligible').waitFor();
  expect(browser.complaints).toEqual([]);
});

test.each([
  ['run-finished', finishedView(), { colorScheme: 'light' as const }],
  ['run-cancelled', cancelledView(), { colorScheme: 'dark' as const }],
  ['run-phone', finishedView(), { viewport: { width: 390, height: 844 } }],
  ['run-without-script', runningView(), { javaScriptEnabled: false }],
])(
  '%s: nothing is refused by the policy, hostile text is text, nothing is wider than the screen',
  async (name, view, options) => {
    await using server = await openServer();
    await using browser = await openBrowser();
    server.controlPlane.put(view, sampleEvents());
    const page = await browser.open(server.url + path, options);
    await page.getByText('<script>alert("hostile")</script>').waitFor();
    await page.getByText('A scripted model replayed fixed answers').waitFor();
    expect(await page.locator('table.trials tbody tr').count()).toBe(6);
    await browser.shoot(page, name);
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBe(screen);
    expect(browser.complaints).toEqual([]);
  },
);
