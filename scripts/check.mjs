// Everything that CI checks, one after the other; goes on after a failure and tells all of them at the end.
// With --skip-tests all but the tests, for who has just run them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
// Run by Node itself and not through .bin, which on Windows needs a shell, and that stumbles over spaces.
const tool = (file) => join(root, 'node_modules', file);
const tsc = tool('typescript/bin/tsc');
const steps = [
  ['format', tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  ['lint', tool('eslint/bin/eslint.js'), '.'],
  ['boundaries', 'scripts/check-boundaries.mjs'],
  ['purity', 'scripts/check-purity.mjs'],
  ['types', tsc, '--noEmit'],
  ['types of the page', tsc, '--noEmit', '-p', 'packages/playback/src/page/client'],
  ['packages', 'scripts/check-packages.mjs'],
  ...(process.argv.includes('--skip-tests') ? [] : [['tests', tool('vitest/vitest.mjs'), 'run']]),
];

const failed = steps.filter(([name, ...command]) => {
  console.error(`\n--- ${name}`);
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status !== 0;
});
console.error(
  failed.length === 0 ? '\nAll checks pass.' : `\nFailed: ${failed.map(([name]) => name).join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
