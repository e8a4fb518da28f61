import { mkdirSync } from 'node:fs';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';

/** Screenshots of the pages a test looked at; kept out of the repository. */
const screenshotFolder = 'tests/.artifacts/screenshots';

/** A real Chromium without a window; closed by `await using`. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  /** What pages complained about: refused scripts and styles, errors, failed requests. */
  const complaints: string[] = [];
  return {
    complaints,
    async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() !== 'log') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url);
      return page;
    },
    async shoot(page: Page, name: string): Promise<void> {
      mkdirSync(screenshotFolder, { recursive: true });
      await page.screenshot({ path: `${screenshotFolder}/${name}.png`, fullPage: true });
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
