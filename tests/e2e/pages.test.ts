import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hostileOutput, startPlayedRun, type PlayedRun } from './played-run.ts';
import { shoot, startBrowser, type WatchedBrowser } from './watched-browser.ts';

let run: PlayedRun;
let browser: WatchedBrowser;

beforeAll(async () => {
  browser = await startBrowser();
  run = await startPlayedRun();
});

afterEach(() => {
  const complaints = browser.complaints.splice(0);
  if (complaints.length > 0) throw new Error(`The browser complained: ${complaints.join('\n')}`);
});

afterAll(async () => {
  await browser.close();
  await run.close();
});

/** The seqs a page shows, group by group, in the order it shows them. */
function shownSeqs(page: Page): Promise<readonly (readonly number[])[]> {
  return page
    .locator('#stream .group')
    .evaluateAll((groups) =>
      groups.map((group) =>
        Array.from(group.querySelectorAll('li[data-seq]'), (item) => Number(item.getAttribute('data-seq'))),
      ),
    );
}

function ascending(seqs: readonly number[]): readonly number[] {
  return seqs.toSorted((a, b) => a - b);
}

test('a run page that is opened early shows history, then what happens, in stored order', async () => {
  const page = await browser.open(run.runPage);
  const history = (await shownSeqs(page)).flat();
  await page.locator('#stream li[data-seq] .label', { hasText: 'tool' }).first().waitFor();
  await shoot(page, 'run-running', false);
  await run.finished;
  await page.locator('#live', { hasText: 'The run is over.' }).waitFor();
  const groups = await shownSeqs(page);
  const stored = await run.events();
  expect(ascending(groups.flat())).toEqual(stored.map(({ seq }) => seq));
  expect(groups.flat().length).toBeGreaterThan(history.length);
  const byTrial = [...Map.groupBy(stored, ({ trialId }) => trialId).values()];
  const expected = byTrial.map((events) => events.map(({ seq }) => seq));
  expect(groups.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual(
    expected.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
  );
});

test('a finished run page shows containers, figures, score and why it is not eligible', async () => {
  await run.finished;
  const page = await browser.open(run.runPage);
  const trials = page.locator('.trials tbody tr');
  expect(await trials.count()).toBe(3);
  const rows = await trials.allInnerTexts();
  for (const row of rows) {
    expect(row).toMatch(/\b[0-9a-f]{12}\b/);
    expect(row).toMatch(/\d of \d/);
    expect(row).toContain('clawbench');
  }
  const summary = await page.locator('#summary').innerText();
  expect(summary).toMatch(/\d+(?:\.\d+)? %/);
  expect(summary).toContain('95 % interval');
  expect(summary).toContain('Tokens');
  expect(summary).toContain('Cost');
  expect(summary).toMatch(/\d+ turns/);
  expect(await page.locator('#result').innerText()).toContain('not eligible');
  expect(await page.locator('.gates li').count()).toBeGreaterThan(1);
  await shoot(page, 'run-finished');
  await shoot(await browser.open(run.runPage, { colorScheme: 'dark' }), 'run-dark', false);
  const phone = await browser.open(run.runPage, { viewport: { width: 390, height: 844 } });
  const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await shoot(phone, 'run-phone', false);
});

test('without JavaScript the run page is a table', async () => {
  await run.finished;
  const page = await browser.open(run.runPage, { javaScriptEnabled: false });
  expect(await page.locator('.trials tbody tr').count()).toBe(3);
  expect(await page.locator('#stream li[data-seq]').count()).toBe((await run.events()).length);
});

test('what a task prints is shown as text', async () => {
  await run.finished;
  const page = await browser.open(run.runPage);
  const output = page.locator('#stream pre', { hasText: hostileOutput });
  expect(await output.count()).toBeGreaterThan(0);
  expect(await page.locator('#stream script, #stream img').count()).toBe(0);
  expect(await page.locator('#stream pre .fg1', { hasText: 'red' }).count()).toBeGreaterThan(0);
  expect(await page.locator('#stream').innerText()).not.toContain('\u001b');
  expect(await page.title()).toContain('ClawBench');
});

test('the thread page shows the result and takes a comment that the bot answers', async () => {
  await run.finished;
  const page = await browser.open(run.thread.url, { viewport: { width: 1060, height: 900 } });
  const answer = page.locator('article.post', { has: page.locator('.tag') }).last();
  expect(await answer.locator('h2, h3').count()).toBeGreaterThan(0);
  expect(await answer.locator('table').count()).toBeGreaterThan(0);
  expect(await answer.locator('details').count()).toBeGreaterThan(0);
  expect(await page.locator('.check h3').innerText()).toBe('clawbench / entry-test');
  await shoot(page, 'thread');
  const before = await page.locator('article.post').count();
  await page
    .locator('textarea')
    .fill(
      `/clawbench status\n\n<script>document.title='owned'</script><svg onload="document.title='owned'">`,
    );
  await page.locator('.write button.main').click();
  await page
    .locator('article.post')
    .nth(before + 1)
    .waitFor();
  expect(await page.locator('article.post script, article.post [onload]').count()).toBe(0);
  expect(await page.title()).not.toContain('owned');
  await shoot(page, 'thread-status');
});
