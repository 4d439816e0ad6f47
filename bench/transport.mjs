// npm run bench:transport: what @hellohaybye/transport costs, beside raw dgram and other programs, in one run.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { result } from './lib.mjs';
import { measureHeap } from './transport/heap.mjs';
import { measureHostile } from './transport/hostile.mjs';
import { measureLatency } from './transport/latency.mjs';
import { measureRate } from './transport/rate.mjs';
import { measureStreams } from './transport/streams.mjs';
import { table } from './transport/table.mjs';

const parts = {
  latency: measureLatency,
  rate: measureRate,
  streams: measureStreams,
  heap: measureHeap,
  hostile: measureHostile,
  'reed-solomon': measureReedSolomon,
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (options.help || unknown.length > 0) {
  console.error(`node bench/transport.mjs [${Object.keys(parts).join('] [')}]
  --quick          fewer and shorter rounds: under two minutes
  --json           a line a result instead of tables
  --only SUBJECT   latency and rate of this subject and dgram alone; can be repeated`);
  process.exit(options.help ? 0 : 1);
}

for (const name of wanted) {
  const lines = [];
  const emit = (line) => {
    const full = { bench: 'transport', ...line };
    if (options.json) result(full);
    else lines.push(full);
  };
  if (!options.json && process.stderr.isTTY) process.stderr.write(`${name} ...\r`);
  await parts[name]({ quick: options.quick, only: options.only, emit });
  if (!options.json) console.log(table(name, lines));
}

/** Somebody else's file, which prints lines of its own. */
function measureReedSolomon({ quick, emit }) {
  const file = fileURLToPath(new URL('reed-solomon.mjs', import.meta.url));
  if (!existsSync(file)) return;
  const { stdout, status } = spawnSync(process.execPath, [file, ...(quick ? ['--quick'] : [])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exitCode = 1;
  for (const line of stdout.split('\n')) if (line.startsWith('{')) emit(JSON.parse(line));
}
