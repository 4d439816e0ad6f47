// Runs the unit tests on another Node, taken from the npm registry: node scripts/test-on-node.mjs 24 [vitest options]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, prepare, root } from './prepare.mjs';

const [version, ...options] = process.argv.slice(2);
prepare();
const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-node-'));
try {
  // The `node` package only picks one of these, in an install script that npm blocks by default.
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const [command, args] = npm([
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefix',
    folder,
    `node-${platform}-${process.arch}@${version}`,
  ]);
  run(command, args);
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = join(folder, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name);
  if (!existsSync(node)) throw new Error(`Node ${version} was not installed`);
  run(node, ['-e', 'console.error(`unit tests on Node ${process.versions.node}`)']);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  run(node, [vitest, 'run', '--project', 'unit', '--reporter=default', '--reporter=json', ...options]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status !== 0) process.exitCode = 1;
}
