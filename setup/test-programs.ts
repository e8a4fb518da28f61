import { existsSync, globSync } from 'node:fs';
import { debianPackages } from './debian-packages.ts';
import { hasProgram } from './process.ts';

/** A server for the tests that run on PostgreSQL; they start a throw-away one themselves. */
export const postgresqlPrograms = debianPackages({
  title: 'PostgreSQL’s server programs',
  packages: ['postgresql'],
  probe: async () => globSync('/usr/lib/postgresql/*/bin/initdb').length > 0,
});

/** Where Debian keeps the font of the signs in our comments. */
const emojiFont = '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf';

/** The browser of the end-to-end tests. */
export const chromium = debianPackages({
  title: 'Chromium',
  packages: ['chromium', 'fonts-noto-color-emoji'],
  probe: async () => (await hasProgram('chromium')) && existsSync(emojiFont),
});
