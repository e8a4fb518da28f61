import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const productFiles = globSync(['src/**/*.ts', 'setup/**/*.ts', 'container/**/*.ts']).filter(
  (file) => !/\.(test|contract)\.ts$/.test(file),
);

test('imports follow the table, and every module was looked at', async () => {
  const options = await extractOptions('./.dependency-cruiser.cjs');
  const { output } = await cruise(['src', 'setup', 'container'], options);
  if (typeof output === 'string')
    throw new Error('dependency-cruiser answered with text instead of a result');
  const violations = output.summary.violations.map(
    (violation) => `${violation.rule.name}: ${violation.from} → ${violation.to}`,
  );
  expect(violations).toEqual([]);
  // An incompatible TypeScript makes dependency-cruiser see nothing and pass: count what it saw.
  const cruised = new Set(output.modules.map((module) => module.source));
  expect(productFiles.filter((file) => !cruised.has(file))).toEqual([]);
}, 60_000);

test('no two exported types share a name', () => {
  const owners = new Map<string, string[]>();
  for (const file of productFiles) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /^export (?:abstract )?(?:interface|type|class) (\w+)/gm,
    )) {
      if (name) owners.set(name, [...(owners.get(name) ?? []), file]);
    }
  }
  expect([...owners].filter(([, files]) => files.length > 1)).toEqual([]);
});

test('every path the documents name exists', () => {
  const missing = globSync(['README.md', 'docs/**/*.md']).flatMap((document) =>
    [
      ...readFileSync(document, 'utf8').matchAll(
        /`((?:src|tests|setup|container|docs|groups|skills|launchd)\/[\w./-]*)`/g,
      ),
    ]
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(path))
      .map((path) => `${document}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('no folder is a drawer for leftovers', () => {
  const drawers = globSync([
    '{src,setup,container,tests}/**/{utils,helpers,common,misc,shared,lib}{,.ts}',
  ]).filter((path) => !path.includes('/packs/'));
  expect(drawers).toEqual([]);
});

test('every migration has a seed', () => {
  const seeds = new Set(globSync('tests/migrations/seeds/*.ts').map((path) => path.split('/').at(-1)));
  const migrations = globSync('src/storage/kysely/migrations/[0-9]*.ts').map((path) =>
    path.split('/').at(-1),
  );
  expect(migrations.filter((name) => !seeds.has(name))).toEqual([]);
});
