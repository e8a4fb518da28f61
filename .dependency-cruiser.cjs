/**
 * The import table: one row a folder of src/, and what of src/ it may import.
 * `docs/architecture.md` shows the same table; `tests/architecture.test.ts` compares them.
 */
const mayImport = {
  domain: [],
  telemetry: ['domain'],
  scoring: ['domain'],
  contract: ['domain'],
  config: ['domain', 'telemetry'],
  storage: ['domain', 'telemetry'],
  sandboxes: ['domain', 'telemetry'],
  models: ['domain', 'telemetry', 'storage'],
  agents: ['domain', 'telemetry', 'sandboxes'],
  benchmarks: ['domain', 'telemetry', 'sandboxes'],
  'control-plane': [
    'domain',
    'telemetry',
    'scoring',
    'storage',
    'sandboxes',
    'agents',
    'models',
    'benchmarks',
  ],
  github: ['domain', 'telemetry', 'storage', 'control-plane'],
  operations: ['domain', 'telemetry', 'contract', 'control-plane'],
  http: ['domain', 'telemetry', 'contract', 'operations'],
  mcp: ['domain', 'telemetry', 'contract', 'operations'],
  cli: ['contract'],
};

/** Families whose port is at the folder root and whose implementations are in subfolders that only `main` may name. */
const families = ['storage', 'sandboxes', 'agents', 'benchmarks', 'models'];

const testFile = '\\.(test|contract)\\.ts$';
const productCode = (folder) => ({ path: `^src/${folder}/`, pathNot: testFile });

const directionRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `imports-of-${folder}`,
  comment: `src/${folder} may import of src/: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: productCode(folder),
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

const familyRules = families.map((folder) => ({
  name: `implementations-of-${folder}-are-private`,
  comment: `only src/main names an implementation of src/${folder}; everything else sees its port`,
  severity: 'error',
  from: { path: '^src/', pathNot: [`^src/(${folder}|main)/`, testFile] },
  to: { path: `^src/${folder}/[^/]+/` },
}));

module.exports = {
  forbidden: [
    ...directionRules,
    ...familyRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-has-no-packages',
      severity: 'error',
      from: productCode('domain'),
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'product-code-needs-no-dev-package',
      severity: 'error',
      from: { path: '^(src|setup|container)/', pathNot: testFile },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types' },
    },
    {
      name: 'product-code-does-not-import-tests',
      severity: 'error',
      from: { path: '^(src|setup|container)/', pathNot: testFile },
      to: { path: ['^tests/', testFile] },
    },
    {
      name: 'main-is-the-top',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main/', testFile] },
      to: { path: '^src/main/' },
    },
    {
      name: 'container-code-sees-the-contract-only',
      severity: 'error',
      from: { path: '^container/' },
      to: { path: '^src/', pathNot: '^src/contract/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
