// npm run bench:loss: which frames come whole in time over links that lose packets, and what it costs.
// bench/README.md says what is counted; `-- --help` tells the options.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { audioCells, columns, curveCells, idOf, rowId, socketRows, tableCells } from './loss/cells.mjs';
import { lossChart } from './loss/loss-chart.mjs';
import { runCells } from './loss/pool.mjs';
import { audioTable, jsonLine, simulatorTables, socketTable } from './loss/report.mjs';
import { runSockets } from './loss/sockets.mjs';

const help = `npm run bench:loss -- [options]

  --quick              3 calls of 20 s a cell on the simulator, one on sockets at 0, 10 and 20 %
  --json               a line a cell instead of the tables
  --svg <file>         where the curves are drawn; a full run draws docs/loss.svg
  --only <parts>       of table,curves,audio,sockets
  --rows <rows>        round trip and deadline: 2/33,20/66
  --columns <columns>  of ${columns.map(({ id }) => id).join(',')}
  --schemes <schemes>  of hellohaybye,nack,rs-20,none
  --seeds <number>     calls a cell: 20 on the simulator and 3 on sockets unless given
  --seconds <number>   of a call: 60 on the simulator and 20 on sockets unless given
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    ...Object.fromEntries(
      ['svg', 'only', 'rows', 'columns', 'schemes', 'seeds', 'seconds'].map((name) => [
        name,
        { type: 'string' },
      ]),
    ),
  },
});
if (options.help) process.stdout.write(help);
else await main();

async function main() {
  const { quick, json, svg, seeds, seconds } = options;
  const started = performance.now();
  let failures = 0;
  const results = new Map();
  const cells = [
    ...(part('table') ? tableCells() : []),
    ...(part('curves') ? curveCells() : []),
    ...(part('audio') ? audioCells() : []),
  ].filter(wanted);
  // A cell of the table may be one of a curve, too.
  const distinct = [...new Map(cells.map((cell) => [idOf(cell), cell])).values()];
  const calls = Number(seeds ?? (quick ? 3 : 20));
  const length = Number(seconds ?? (quick ? 20 : 60));
  await runCells(distinct, numbers(calls), length, {
    done(cell, result) {
      results.set(idOf(cell), result);
      if (json) console.log(jsonLine('simulator', cell, result));
      else progress(`${results.size} of ${distinct.length} cells`);
    },
    failed(message) {
      process.exitCode = 1;
      failures += 1;
      if (failures === 1) console.error(message);
    },
  });
  if (failures > 1) console.error(`${failures} runs failed like this one, or otherwise.`);
  const overSockets = [];
  for (const { clean, groups } of part('sockets') ? socketRows(quick) : []) {
    const kept = groups.map((group) => group.filter(wanted)).filter(({ length }) => length > 0);
    if (kept.length === 0) continue;
    progress(`sockets, ${rowId(clean)}`);
    const socketSeeds = numbers(Number(seeds ?? (quick ? 1 : 3)));
    const measured = await runSockets({ clean, groups: kept }, socketSeeds, Number(seconds ?? 20));
    for (const { cell, result } of measured) if (json) console.log(jsonLine('sockets', cell, result));
    overSockets.push(...measured);
  }
  progress('');
  const complete = !quick && curveCells().every((cell) => results.has(idOf(cell)));
  const file = svg ?? (complete ? fileURLToPath(new URL('../docs/loss.svg', import.meta.url)) : undefined);
  if (file !== undefined)
    writeFileSync(file, lossChart(results, { frames: calls * Math.floor(length * 30) }));
  if (json) return;
  const took = Math.round((performance.now() - started) / 1000);
  const tables = [simulatorTables(results), audioTable(audioCells(), results), socketTable(overSockets)];
  console.log(tables.filter((table) => table !== '').join('\n'));
  const one = (100 / (calls * length * 30)).toPrecision(2);
  const size = results.size > 0 ? ` ${calls} calls of ${length} s a cell: one frame is ${one} %.` : '';
  console.log(`! misses its target.${size} ${took} s in all.`);
}

function part(name) {
  return options.only === undefined || options.only.split(',').includes(name);
}

function wanted(cell) {
  const { rows, columns: ids, schemes } = options;
  if (rows !== undefined && !rows.split(',').includes(rowId(cell))) return false;
  if (schemes !== undefined && !schemes.split(',').includes(cell.scheme)) return false;
  const id = cell.model === 'independent' ? `${cell.lossPct}` : cell.model;
  return ids === undefined || ids.split(',').includes(id);
}

function numbers(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** One line that overwrites itself, where somebody watches. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
