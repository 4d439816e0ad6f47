// Installs and builds what is missing or out of date, and nothing else. Runs before anything is
// installed, so it uses Node alone; prints to stderr only, so that a program's stdout stays its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamps = join(root, 'node_modules', '.hellohaybye');

/** Makes the workspace ready to run: installed for this lockfile, Node and platform, built from these sources. */
export function prepare() {
  requireNode();
  const before = hashOf([join(root, 'package-lock.json'), join(root, 'package.json')], nodeAndPlatform());
  if (readStamp('installed') !== before) {
    say('Installing and building; the first run takes about a minute.');
    run(npm(['ci', '--no-audit', '--no-fund']), 'npm ci');
    writeStamp('installed', before);
  }
  const sources = buildInputs();
  const built = hashOf(sources, before);
  if (readStamp('built') !== built || !workspaces().every((folder) => existsSync(join(folder, 'dist')))) {
    say('Building.');
    const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
    run([process.execPath, [nx, 'run-many', '-t', 'build', '--output-style=static']], 'the build', quietNx);
    writeStamp('built', built);
  }
}

/** What changes when Node or the machine does: native parts are built for one of each. */
const nodeAndPlatform = () => `${process.versions.modules} ${process.platform} ${process.arch}`;

const quietNx = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_SKIP_NX_CACHE: '', NX_TUI: 'false' };

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node ${process.versions.node} is too old: HelloHayBye needs 20.19 or later.`);
  process.exit(1);
}

function workspaces() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => existsSync(join(root, group, entry.name, 'package.json')))
      .map((entry) => join(root, group, entry.name)),
  );
}

function buildInputs() {
  const shared = ['tsup.base.ts', 'tsconfig.base.json', 'nx.json'].map((name) => join(root, name));
  const own = workspaces().flatMap((folder) => [
    ...['package.json', 'tsup.config.ts', 'tsconfig.json'].map((name) => join(folder, name)),
    ...filesBelow(join(folder, 'src')).filter((file) => !file.endsWith('.test.ts')),
  ]);
  return [...shared, ...own].filter((file) => existsSync(file));
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

function hashOf(files, salt) {
  const hash = createHash('sha256').update(salt);
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

function readStamp(name) {
  const file = join(stamps, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}

/** npm as it was called, or the one on the PATH, as a command and its arguments. */
export function npm(args) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args];
}

/** Runs a command to its end; what it printed is shown only when it failed. */
function run([command, args], what, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
    env: { ...process.env, ...env },
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return;
  for (const printed of [result.stdout, result.stderr]) if (printed) process.stderr.write(printed);
  say(`${what} failed (${result.error?.message ?? `exit code ${result.status}`}); what it printed is above.`);
  process.exit(1);
}

const say = (text) => process.stderr.write(`hellohaybye: ${text}\n`);

const [, script] = process.argv;
const isMain = script && existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url);
if (isMain) prepare();
