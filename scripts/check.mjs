// Everything that CI checks, one after the other; goes on after a failure and tells all of them at the end.
// With --skip-tests all but the tests, for who has just run them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const node = process.execPath;
const steps = [
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['lint', bin('eslint'), '.'],
  ['boundaries', node, 'scripts/check-boundaries.mjs'],
  ['purity', node, 'scripts/check-purity.mjs'],
  ['types', bin('tsc'), '--noEmit'],
  ['types of the page', bin('tsc'), '--noEmit', '-p', 'packages/playback/src/page/client'],
  ['packages', node, 'scripts/check-packages.mjs'],
  ...(process.argv.includes('--skip-tests') ? [] : [['tests', bin('vitest'), 'run']]),
];

const failed = steps.filter(([name, command, ...args]) => {
  console.error(`\n--- ${name}`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status !== 0;
});
console.error(
  failed.length === 0 ? '\nAll checks pass.' : `\nFailed: ${failed.map(([name]) => name).join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
