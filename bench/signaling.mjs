// npm run bench:signaling: connections, relayed messages and memory of the signaling server, beside a bare `ws` server
// that passes the same bytes on to the same people without looking at them.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { result, round } from './lib.mjs';
import { measureBadInput } from './signaling/bad-input.mjs';
import { start, stop } from './signaling/processes.mjs';
import { table } from './transport/table.mjs';

const parts = ['load', 'memory', 'bad-input'];
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
if (options.help || options.only?.some((part) => !parts.includes(part))) {
  console.error(`node bench/signaling.mjs
  --quick        fewer rooms and connections, shorter turns: within two minutes
  --json         a line a server, or with --only bad-input a line a kind of input, instead of tables
  --only <part>  ${parts.join(', ')}; may be given more than once`);
  process.exit(options.help ? 0 : 1);
}
// With --json there are the lines of the servers and no others, unless they are asked for.
const asked = options.only ?? (options.json ? ['load', 'memory'] : parts);

const warmUp = 500;
const spareFiles = 100;
const sizes = options.quick
  ? { connects: 2_000, rooms: 100, turns: 3, seconds: 3, idle: [10_000], bad: { turns: 1, seconds: 2.5 } }
  : {
      connects: 5_000,
      rooms: 1_000,
      turns: 5,
      seconds: 6,
      idle: [10_000, 19_000],
      bad: { turns: 3, seconds: 2.5 },
    };
const kinds = ['ours', 'ws'];
const measured = Object.fromEntries(kinds.map((kind) => [kind, { bench: 'signaling', server: kind }]));
if (asked.includes('load')) await measureLoad();
if (asked.includes('memory')) await measureMemory();
const lines = kinds.map((kind) => measured[kind]);
if (asked.includes('load') || asked.includes('memory')) {
  if (options.json) lines.map(short).forEach(result);
  else console.log(table('signaling', [...lines, ratios(lines)]));
}
if (asked.includes('bad-input')) {
  const bad = await measureBadInput(sizes.bad);
  if (options.json) bad.forEach(result);
  else console.log(table('bad input', bad));
}

/** Both are warmed up first and then take turns; the median turn counts. */
async function measureLoad() {
  const pairs = {};
  for (const kind of kinds) pairs[kind] = await start(kind);
  const seen = { ours: [], ws: [] };
  for (const kind of kinds) await pairs[kind].load({ do: 'enter', rooms: sizes.rooms, people: 10 });
  for (const kind of kinds) await pairs[kind].load({ do: 'relay', seconds: sizes.seconds / 2 });
  for (let turn = 0; turn < sizes.turns; turn += 1) {
    for (const kind of kinds) {
      const before = await pairs[kind].cpu();
      const { count, ...relayed } = await pairs[kind].load({ do: 'relay', seconds: sizes.seconds });
      relayed.cpuUsEach = ((await pairs[kind].cpu()) - before) / count;
      const connected = await pairs[kind].load({ do: 'connect', count: sizes.connects, isHello: true });
      const opened = await pairs[kind].load({ do: 'connect', count: sizes.connects, isHello: false });
      const [connectionsPerS, handshakesPerS] = [connected.perS, opened.perS];
      seen[kind].push({ connectionsPerS, handshakesPerS, ...relayed });
    }
  }
  for (const kind of kinds) {
    for (const field of Object.keys(seen[kind][0])) {
      measured[kind][field] = round(median(seen[kind].map((turn) => turn[field])));
    }
    await stop(pairs[kind]);
  }
}

async function measureMemory() {
  const files = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout);
  const idle = sizes.idle.filter((count) => count + spareFiles <= files);
  if (idle.length < sizes.idle.length) {
    const most = sizes.idle.at(-1);
    console.error(
      `A process may have ${files} open files here: raise ulimit -n to measure ${most} connections`,
    );
  }
  for (const count of idle) for (const kind of kinds) await measureIdle(kind, count);
}

/** How much more memory a server has with so many idle connections; some were there before, so that all code has run. */
async function measureIdle(kind, count) {
  const pair = await start(kind);
  await pair.load({ do: 'hold', count: warmUp });
  const before = await pair.rss();
  await pair.load({ do: 'hold', count: count - warmUp });
  const bytes = Math.round(((await pair.rss()) - before) / (count - warmUp));
  measured[kind].bytesPerConnection ??= bytes;
  if (count > 10_000) measured[kind][`bytesPerConnection${count}`] = bytes;
  await stop(pair);
}

/** What a line of `--json` holds. */
function short({ bench, server, connectionsPerS, relayedPerS, p99Ms, bytesPerConnection }) {
  return { bench, server, connectionsPerS, relayedPerS, p99Ms, bytesPerConnection };
}

function ratios([ours, ws]) {
  const entries = Object.keys(ours)
    .filter((field) => typeof ours[field] === 'number')
    .map((field) => [field, round(ours[field] / ws[field])]);
  return { bench: 'signaling', server: 'ours / ws', ...Object.fromEntries(entries) };
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
