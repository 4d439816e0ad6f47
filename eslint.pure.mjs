// What keeps pure code pure: no clock, timer, randomness or I/O may be reached from it; they are handed in.
// The folders are those of tsconfig.pure.json, which also takes Node's types away from them.
import { readFileSync } from 'node:fs';

const { include, exclude } = JSON.parse(readFileSync(new URL('tsconfig.pure.json', import.meta.url), 'utf8'));

export const pureFiles = include.map((folder) => `${folder}/**/*.ts`);
export const impureFiles = exclude.map((path) => (path.endsWith('.ts') ? path : `${path}/**`));

const handedIn = 'Pure code is handed this by its caller (docs/architecture.md).';
const globals = [
  'Date', 'performance', 'process', 'Buffer', 'crypto', 'fetch', 'WebSocket', 'setTimeout', 'setInterval',
  'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask', 'require',
]; // prettier-ignore

/** Ciphers and hashes depend on nothing but their input: protection and key agreement may use them, and no random bytes. */
export const cipherFiles = [
  'packages/transport/src/protect/**/*.ts',
  'packages/signaling/src/keys/agreement/**/*.ts',
];
const ciphers = [
  'createCipheriv',
  'createDecipheriv',
  'createSecretKey',
  'hash',
  'hkdfSync',
  'KeyObject',
  'timingSafeEqual',
];

const restrictedImports = (node, paths = []) => [
  'error',
  {
    paths,
    patterns: [
      { regex: node, message: handedIn },
      {
        regex: '^(fs|os|net|dgram|timers|crypto|events|perf_hooks|worker_threads|child_process)(/|$)',
        message: handedIn,
      },
      { regex: '^@hellohaybye/[^/]+/node$', message: handedIn },
    ],
  },
];

export const pureRules = {
  'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message: handedIn }))],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: handedIn },
    ...globals.map((property) => ({ object: 'globalThis', property, message: handedIn })),
  ],
  'no-restricted-imports': restrictedImports('^node:'),
};

export const cipherRules = {
  'no-restricted-imports': restrictedImports('^node:(?!crypto$)', [
    { name: 'node:crypto', allowImportNames: ciphers, message: handedIn },
  ]),
};
