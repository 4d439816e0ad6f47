// What is printed: a JSON line a cell, or tables.
import { round } from '../lib.mjs';
import {
  columns,
  curveCells,
  curveLosses,
  curveRows,
  curveSchemes,
  idOf,
  latencyTargets,
  rowId,
  rows,
  tableCells,
  targetOf,
} from './cells.mjs';

/** @param where `simulator` or `sockets` */
export function jsonLine(where, cell, { frames, givenUp, latencyMs, overheadPct, beside }) {
  const { media, ...rest } = cell;
  return JSON.stringify({
    bench: 'loss',
    where,
    ...(media === undefined ? {} : { media }),
    ...rest,
    frames,
    givenUp,
    latencyMs: { p50: milliseconds(latencyMs.p50), p99: milliseconds(latencyMs.p99) },
    overheadPct: round(overheadPct, 3),
    ...(beside === undefined ? {} : { beside }),
  });
}

/** No frame was whole: there is no latency. */
const milliseconds = (value) => (value === undefined ? null : round(value, 3));

/** The tables of what was run on the simulator. @param results by `idOf` */
export function simulatorTables(results) {
  const at = (cell) => results.get(idOf(cell));
  const table = rows.map((row) => ({
    title: titleOf(row),
    cells: tableCells().filter((cell) => rowId(cell) === rowId(row)),
  }));
  const titles = columns.map(({ title }) => title);
  const parts = [
    section('Frames given up, % @ bytes besides the stream’s own, %', titles, table, (cell) => [
      shown(cell, at(cell)),
      target(cell),
    ]),
    section('Frames from ready to whole, median / 99th percentile, ms', titles, table, (cell, first) => [
      latency(at(cell).latencyMs, latencyMark(cell, at(first))),
    ]),
  ];
  for (const row of curveRows) {
    const cells = curveCells().filter((cell) => rowId(cell) === rowId(row));
    const lines = curveSchemes.map((scheme) => ({
      title: scheme,
      cells: cells.filter((cell) => cell.scheme === scheme),
    }));
    const heads = curveLosses.map((loss) => `${loss} %`);
    const title = `The same beside other ways to repair: ${titleOf(row)}`;
    // What the table has already is not worth a second one.
    const others = cells.some((cell) => cell.scheme !== 'hellohaybye' && at(cell));
    if (others) parts.push(section(title, heads, lines, (cell) => [shown(cell, at(cell))]));
  }
  return parts.filter((part) => part !== '').join('\n');

  function section(title, heads, lines, cellLines) {
    const there = lines.filter(({ cells }) => cells.some((cell) => at(cell)));
    if (there.length === 0) return '';
    const body = there.flatMap(({ title: name, cells }) => {
      const texts = cells.map((cell) => (at(cell) ? cellLines(cell, cells[0]) : []));
      const height = Math.max(...texts.map(({ length }) => length));
      return Array.from({ length: height }, (_, line) => [
        line === 0 ? name : '  at most',
        ...texts.map((text) => text[line] ?? ''),
      ]);
    });
    return `${title}\n${aligned([['', ...heads], ...body])}`;
  }
}

/** @param cells of sound */
export function audioTable(cells, results) {
  const lines = cells
    .filter((cell) => results.has(idOf(cell)))
    .map((cell) => [`${cell.scheme}, ${cell.lossPct} %`, shown(cell, results.get(idOf(cell))), target(cell)]);
  if (lines.length === 0) return '';
  return `Sound, 10 ms a packet: missing 40 ms after it would have arrived, % @ bytes\n${aligned([['', 'reached', 'at most'], ...lines])}`;
}

/** @param results `{ cell, result }` of real sockets */
export function socketTable(results) {
  if (results.length === 0) return '';
  const lines = results.map(({ cell, result }) => {
    const { frames, givenUp, overheadPct, latencyMs, beside } = result;
    const { givenUpPct } = targetOf(cell);
    const most = Math.max(1, (2 * givenUpPct * frames) / 100);
    const beyond = beside && givenUp - beside.givenUp;
    return [
      `${titleOf(cell)}: ${columnOf(cell).title}`,
      `${givenUp} of ${frames}`,
      beside ? `${beside.givenUp} of ${beside.frames}` : '',
      beside ? `${beyond}${beyond > most ? '!' : ''}` : '',
      beside && Number.isFinite(most) ? `${round(most, 1)}` : '',
      percent(overheadPct),
      latency(latencyMs),
    ];
  });
  const heads = ['', 'given up', 'without loss', 'beyond', 'at most', 'bytes, %', 'p50 / p99, ms'];
  return `Real sockets, through the relay: frames given up, beside a run without loss at the same time\n${aligned([heads, ...lines])}`;
}

/** Whether a result keeps within what its cell may reach. */
export function meets(cell, { givenUpPct, overheadPct }) {
  const most = targetOf(cell);
  return { givenUp: givenUpPct <= most.givenUpPct, overhead: overheadPct <= most.overheadPct };
}

export const titleOf = ({ rttMs, deadlineMs }) => `${rttMs} ms, ${deadlineMs} ms`;

const columnOf = (cell) =>
  columns.find(({ model, lossPct }) => model === cell.model && lossPct === cell.lossPct);

function shown(cell, result) {
  const { givenUp, overhead } = cell.scheme === 'hellohaybye' ? meets(cell, result) : allMet;
  const { givenUpPct, overheadPct } = result;
  return `${percent(givenUpPct)}${givenUp ? '' : '!'} @ ${percent(overheadPct)}${overhead ? '' : '!'}`;
}

const allMet = { givenUp: true, overhead: true };

function target(cell) {
  const { givenUpPct, overheadPct } = targetOf(cell);
  return `${percent(givenUpPct)} @ ${percent(overheadPct)}`;
}

function latency({ p50, p99 }, mark = () => '') {
  const each = (value, name) => (value === undefined ? '-' : `${round(value, 1)}${mark(value, name)}`);
  return `${each(p50, 'p50')} / ${each(p99, 'p99')}`;
}

/** Marks a latency that is too far above what it is without loss, where there is a limit. */
const latencyMark = (cell, clean) => (value, name) => {
  const limited = cell.rttMs === 2 && columnOf(cell).id === '10' && clean;
  return limited && value - clean.latencyMs[name] >= latencyTargets[name] ? '!' : '';
};

/** Two or three digits that count. */
function percent(value) {
  if (!Number.isFinite(value)) return '-';
  return `${value >= 1 ? round(value, value >= 10 ? 1 : 2) : Number(value.toPrecision(2))}`;
}

/** Columns as wide as they need, the first one to the left. */
function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
