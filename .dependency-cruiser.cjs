/**
 * Who may import whom: an allow-list, type imports included. A plane that is not named here may be imported by nobody.
 * TypeScript 7 has no API for this tool yet, so sources are read by swc.
 */
const planes = ['snapshot', 'router', 'gateway', 'policy-store', 'workers', 'sdk', 'cli'];

/** Plane -> what else of ours it may import. */
const allowed = {
  snapshot: [],
  router: ['snapshot'],
  gateway: ['router', 'snapshot'],
  'policy-store': ['snapshot'],
  workers: ['snapshot', 'router', 'gateway', 'policy-store'],
  sdk: [],
  cli: ['sdk', 'snapshot', 'router', 'policy-store/resources', 'policy-store/compiler'],
};

const anyOf = (names) => `^(${names.join('|')})/`;

const planeRules = planes.map((plane) => ({
  name: `${plane}-imports`,
  comment: `${plane}/ may import of ours only: ${[plane, ...allowed[plane]].join(', ')}. See ARCHITECTURE.md.`,
  severity: 'error',
  from: { path: `^${plane}/` },
  to: {
    path: anyOf([...planes, 'test', 'bench', 'examples', 'tools', 'console']),
    pathNot: anyOf([plane, ...allowed[plane]]),
  },
}));

/** An npm package, and the only folders that may use it. */
const keptIn = (name, packagePattern, folders) => ({
  name: `${name}-stays-home`,
  comment: `${name} is used only in ${folders.join(', ')}.`,
  severity: 'error',
  from: { path: anyOf(planes), pathNot: anyOf(folders) },
  to: { path: `node_modules/${packagePattern}/` },
});

const runtimes = ['node', 'deno', 'bun', 'cloudflare'];

module.exports = {
  forbidden: [
    ...planeRules,
    {
      name: 'stages-are-strangers',
      comment: 'A stage never imports a stage: what two stages need is a pure decision beside them.',
      severity: 'error',
      from: { path: '^(router|gateway)/stages/([^/]+)' },
      to: { path: '^(router|gateway)/stages/', pathNot: '^$1/stages/$2' },
    },
    {
      name: 'runtimes-are-strangers',
      comment:
        'workers/{node,deno,bun,cloudflare} never import each other; neutral pieces live in workers/fetch and workers/store-client.',
      severity: 'error',
      from: { path: `^workers/(${runtimes.join('|')})/` },
      to: { path: `^workers/(${runtimes.join('|')})/`, pathNot: '^workers/$1/' },
    },
    {
      name: 'neutral-workers-stay-neutral',
      comment: 'workers/fetch and workers/store-client know no runtime.',
      severity: 'error',
      from: { path: '^workers/(fetch|store-client)/' },
      to: { path: `^workers/(${runtimes.join('|')})/` },
    },
    {
      name: 'api-knows-no-database',
      comment: 'The admin API speaks to the store, never to its tables.',
      severity: 'error',
      from: { path: '^policy-store/api/' },
      to: { path: '^policy-store/db/' },
    },
    {
      name: 'permit-only-from-authorize',
      comment:
        'Only authorization makes a Permit, only forward checks one: whoever else imports the class could forge it.',
      severity: 'error',
      from: {
        path: anyOf(planes),
        pathNot: '^router/(authorization/decide|stages/authorize|stages/forward)\\.ts$|\\.fake\\.ts$',
      },
      to: { path: '^router/authorization/permit\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'fakes-stay-in-tests',
      comment: 'A fake is imported by tests (not looked at here) and other fakes only.',
      severity: 'error',
      from: { path: anyOf(planes), pathNot: '\\.fake\\.ts$' },
      to: { path: '\\.fake\\.ts$' },
    },
    keptIn('jose', 'jose', ['router/identity', 'gateway/identity', 'policy-store/issuer', 'sdk']),
    keptIn('drizzle-orm', 'drizzle-orm', ['policy-store/db', 'policy-store/repositories']),
    keptIn('undici', 'undici', ['workers/node']),
    {
      name: 'no-cycles',
      comment: 'No import cycles, type imports included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(cloudflare|bun|node):' },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      comment: 'What runs in production is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: anyOf(planes), pathNot: '\\.(fake|bench)\\.ts$|\\.config\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // Tests may reach anywhere, and swc's visitor does not know the `using` that they tidy up with.
    exclude: { path: '^(node_modules/\\.|\\.gossamer)|\\.test\\.ts$' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
    skipAnalysisNotInRules: true,
  },
};
