/**
 * The floors of the house (docs/adr/0001-floors.md), as a failing check. A file may import its own module,
 * `platform/**`, or the `index.ts` of a module on a strictly lower floor.
 */
const FLOORS = [
  ['platform'],
  ['audit', 'storage', 'tabular', 'jobs'],
  ['identity', 'events'],
  ['credentials', 'datastore'],
  ['trackers', 'remote', 'packages', 'specs', 'orders'],
  ['automation'],
];

const SPEC = '\\.(spec|contract)\\.ts$';
const group = (names) => `^src/(${names.join('|')})/`;

const floorRules = FLOORS.map((modules, floor) => ({
  name: `floor-${floor}-looks-down`,
  comment: `${modules.join(', ')} may import lower floors only`,
  severity: 'error',
  from: { path: group(modules), pathNot: SPEC },
  to: { path: group(FLOORS.slice(floor).flat()), pathNot: floor === 0 ? group(['platform']) : '^src/($1)/' },
}));

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'through-the-front-door',
      comment: 'other modules are entered by their index.ts',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: SPEC },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/platform/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'not-ones-own-front-door',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'entry-points-are-the-top',
      comment: 'nobody imports main, worker, cli or the composition root but the entry points',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: SPEC },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    { name: 'no-circles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [SPEC, '^src/.+/page/', '\\.d\\.ts$', '\\.worker\\.ts$', '^src/(main|worker|cli)\\.ts$'],
      },
      to: {},
    },
    {
      name: 'declared-packages-only',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'tests-stay-outside',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
