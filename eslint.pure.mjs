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

export const pureRules = {
  'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message: handedIn }))],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: handedIn },
    ...globals.map((property) => ({ object: 'globalThis', property, message: handedIn })),
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        // Of node:crypto there is what depends on its input alone: all that scripts/pure-types declares.
        { regex: '^node:(?!crypto$)', message: handedIn },
        {
          regex: '^(fs|os|net|dgram|timers|crypto|events|perf_hooks|worker_threads|child_process)(/|$)',
          message: handedIn,
        },
        { regex: '^@hellohaybye/[^/]+/node$', message: handedIn },
      ],
    },
  ],
};
