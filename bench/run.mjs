// npm run bench: every benchmark, one JSON line a result on stdout. Nothing here passes or fails.
// node bench/run.mjs split transport jpeg   runs only those named.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const all = ['split', 'transport', 'srtp', 'reed-solomon', 'jpeg'];
// All but reed-solomon.mjs, which it would run, too.
const given = { transport: ['--json', 'latency', 'rate', 'streams', 'heap'] };
const named = process.argv.slice(2).filter((name) => all.includes(name));
const flags = process.argv.slice(2).filter((name) => name.startsWith('--'));
const { model } = cpus()[0];
console.log(JSON.stringify({ bench: 'machine', node: process.versions.node, cpus: cpus().length, model }));
for (const name of named.length > 0 ? named : all) {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
