// Who may import whom (docs/architecture.md). Resolution goes through the paths of tsconfig.json to the
// sources, so it holds on a clone that was never built.
const middle = 'capture|codec|transport|playback|signaling';
const edges = '(node|netsim/node|netsim/cli)/';
const test = '\\.test\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-imports-nobody',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '(^|/)(packages/(?!core/)|apps/)|^@hellohaybye/(?!core)' },
    },
    {
      name: 'middle-packages-know-core-alone',
      severity: 'error',
      comment: 'capture, codec, transport, playback and signaling meet in call.',
      from: { path: `^packages/(${middle})/` },
      to: { path: '(^|/)(packages/(?!core/|$1/)|apps/)|^@hellohaybye/(?!core|$1)' },
    },
    {
      name: 'call-imports-no-app',
      severity: 'error',
      from: { path: '^packages/call/' },
      to: { path: '(^|/)apps/' },
    },
    {
      name: 'server-knows-signaling-and-core-alone',
      severity: 'error',
      comment: 'A server installs neither ffmpeg nor a JPEG codec.',
      from: { path: '^apps/server/' },
      to: {
        path: '(^|/)packages/(?!signaling/|core/)|^@hellohaybye/(?!signaling|core)|(^|/)apps/(?!server/)',
      },
    },
    {
      name: 'no-sibling-by-relative-path',
      severity: 'error',
      comment: 'A relative path into another package would put its classes into both tarballs.',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/(?!$2/)', dependencyTypesNot: ['aliased', 'npm'] },
    },
    {
      name: 'transport-is-pure-but-for-node',
      severity: 'error',
      from: { path: '^packages/transport/src/', pathNot: [`^packages/transport/src/${edges}`, test] },
      to: { path: `^packages/transport/src/${edges}|^packages/core/src/node/` },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      severity: 'error',
      comment: 'What is imported stands in the package.json of the package that imports it.',
      from: {
        path: '^(packages|apps)/',
        pathNot: [
          test,
          '^packages/signaling/src/test-support/',
          'tsup\\.config\\.ts$',
          '^packages/transport/src/testing/',
        ],
      },
      // ioredis is an optional peer, which is not seen as declared.
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
        pathNot: '^node_modules/ioredis/',
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: test },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
