import { html } from 'hono/html';
import type { Markup } from './terminal-text.ts';

/** Addresses of the style sheet, script and icon; they change with their content. */
export interface AssetUrls {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

interface PageParts {
  readonly title: string;
  readonly assets: AssetUrls;
  /** Seconds after which a browser without JavaScript loads the page again; null once nothing will change. */
  readonly refreshSeconds: number | null;
  readonly main: Markup;
}

/** The frame every page has. All code and style is external: the content security policy allows nothing inline. */
export function pageLayout({ title, assets, refreshSeconds, main }: PageParts): Markup {
  const refresh =
    refreshSeconds === null
      ? ''
      : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ClawBench</title>
        ${refresh}
        <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assets.style}" />
        <script src="${assets.script}" defer></script>
      </head>
      <body>
        <header class="bar">
          <a class="brand" href="/runs"
            ><img src="${assets.icon}" alt="" width="22" height="22" />ClawBench</a
          >
          <nav><a href="/runs">Runs</a></nav>
        </header>
        <main>${main}</main>
      </body>
    </html>`;
}

/** A coloured word for a state of a run or a trial. */
export function statePill(state: string, word: string = state): Markup {
  return html`<span class="pill ${state}">${word}</span>`;
}

/** A moment, as `2026-11-20 14:05 UTC`. */
export function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** Said wherever a run with a scripted model is shown. */
export const scriptedNotice =
  'A scripted model replayed fixed answers in this run. It shows that the machinery works, says nothing about any agent or model, and can never be eligible.';
