// Checks the libraries as their users get them: packed, judged by publint and are-the-types-wrong, and
// installed into an empty folder where a consumer of every entry is type-checked as ESM and as CJS.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { libraries, pack } from './pack.mjs';
import { npm, root } from './prepare.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-packages-'));
let problems = 0;
const complain = (text) => {
  problems += 1;
  console.error(text);
};

try {
  const tarballs = pack(libraries, folder);
  for (const name of libraries) {
    const pkgDir = join(root, 'packages', name);
    const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'));
    const { messages } = await publint({ pkgDir, strict: true });
    for (const message of messages) complain(`publint: ${pkg.name}: ${formatMessage(message, pkg)}`);
    // The node16 profile: what supports no `exports` can't see subpaths, in any package.
    const types = run('@arethetypeswrong/cli/dist/index.js', [
      tarballs[pkg.name],
      '--profile',
      'node16',
      '--format',
      'ascii',
      '--no-emoji',
    ]);
    if (types.status !== 0) complain(`are-the-types-wrong: ${pkg.name}:\n${types.stdout}${types.stderr}`);
  }
  checkConsumer(tarballs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.error(`packages: ${problems} problems in ${libraries.length} packages`);
process.exitCode = problems > 0 ? 1 : 0;

function checkConsumer(tarballs) {
  const dependencies = Object.fromEntries(
    Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]),
  );
  write('package.json', { private: true, type: 'module', dependencies });
  write('tsconfig.json', {
    compilerOptions: {
      module: 'node16',
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: ['consumer.mts', 'consumer.cts'],
  });
  const entries = libraries.flatMap((name) => {
    const pkg = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    return Object.keys(pkg.exports)
      .filter((key) => !key.endsWith('.json'))
      .map((key) => pkg.name + key.slice(1));
  });
  const consumer = entries
    .map(
      (entry, index) =>
        `import * as m${index} from '${entry}';\nexport const k${index}: PropertyKey[] = Object.keys(m${index});\n`,
    )
    .join('');
  writeFileSync(join(folder, 'consumer.mts'), consumer);
  writeFileSync(join(folder, 'consumer.cts'), consumer);
  const [command, args] = npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  const installed = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (installed.status !== 0) return complain(`consumer: npm install failed:\n${installed.stderr}`);
  const checked = run('typescript/bin/tsc', ['-p', folder]);
  if (checked.status !== 0) complain(`consumer: types do not hold:\n${checked.stdout}`);
}

function run(file, args) {
  const command = [join(root, 'node_modules', file), ...args];
  return spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
}

function write(name, content) {
  writeFileSync(join(folder, name), JSON.stringify(content));
}
