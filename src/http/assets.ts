import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AssetUrls } from './pages/page-layout.ts';

/** A file pages refer to. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Assets {
  readonly urls: AssetUrls;
  readonly files: readonly Asset[];
}

/** Reads style sheet, script and icon; their addresses carry a digest, so that browsers may keep them for ever. */
export function loadAssets(): Assets {
  const style = load('page.css', 'text/css; charset=utf-8');
  const script = load('live.js', 'text/javascript; charset=utf-8');
  const icon = load('icon.svg', 'image/svg+xml');
  return {
    urls: { style: style.path, script: script.path, icon: icon.path },
    files: [style, script, icon],
  };
}

function load(name: string, type: string): Asset {
  const bytes = new Uint8Array(readFileSync(new URL(`assets/${name}`, import.meta.url)));
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return { path: `/assets/${digest}/${name}`, type, bytes };
}
