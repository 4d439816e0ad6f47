// The curves of the loss benchmark, drawn.
import { curveCells, curveLosses, curveRows, curveSchemes, idOf, rowId } from './cells.mjs';
import { chart, linear, logarithmic } from './chart.mjs';

const shown = {
  hellohaybye: { name: 'HelloHayBye', kind: 'ours' },
  nack: { name: 'plain NACK', kind: 'nack' },
  'rs-20': { name: 'Reed-Solomon, 20 %', kind: 'fixed' },
  none: { name: 'no repair', kind: 'nothing' },
};

/**
 * @param results by `idOf`; what is missing is left out
 * @param frames sent for each point
 */
export function lossChart(results, { frames }) {
  const x = {
    title: 'packets lost in each direction, %',
    ticks: [0, 5, 10, 15, 20, 25, 30],
    scale: linear(30),
  };
  const given = {
    title: 'frames given up, % (logarithmic)',
    ticks: [0, 0.01, 0.1, 1, 10, 100],
    scale: logarithmic(0.01, 100),
  };
  const dearest = Math.max(...curveCells().map((cell) => results.get(idOf(cell))?.overheadPct ?? 0), 44);
  const ticks = Array.from({ length: Math.ceil(dearest / 20) + 1 }, (_, tick) => 20 * tick);
  const bytes = { title: 'bytes besides the stream’s own, %', ticks, scale: linear(ticks.at(-1)) };
  const row = (y, value, title, more = []) =>
    curveRows.map((one) => ({ title: title(one), x, y, series: [...seriesOf(one, value), ...more] }));
  return chart({
    title: 'Frames given up, and bytes sent for repair, by the share of packets lost',
    description: describe(results),
    panels: [
      row(given, ({ givenUpPct }) => givenUpPct, titleOf),
      row(bytes, ({ overheadPct }) => overheadPct, titleOf, [floor]),
    ],
    note: `Frames of 34 packets, 30 a second, simulated; each point is ${frames.toLocaleString('en')} frames. Least possible for all frames: what is lost, sent again until it arrives.`,
  });

  function seriesOf(one, value) {
    return curveSchemes
      .map((scheme) => ({ ...shown[scheme], points: pointsOf(scheme, one, value) }))
      .filter(({ points }) => points.length > 0)
      .reverse();
  }

  function pointsOf(scheme, one, value) {
    return curveCells()
      .filter((cell) => cell.scheme === scheme && rowId(cell) === rowId(one) && results.has(idOf(cell)))
      .map((cell) => [cell.lossPct, value(results.get(idOf(cell)))]);
  }
}

/** Of a share p that is lost, p / (1 - p) has to be sent at least to make up for it. */
const floor = {
  name: 'least possible',
  kind: 'floor',
  points: curveLosses.map((lossPct) => [lossPct, lossPct / (1 - lossPct / 100)]),
};

const titleOf = ({ rttMs, deadlineMs }) => `Round trip ${rttMs} ms, deadline ${deadlineMs} ms`;

function describe(results) {
  return curveRows
    .map((row) => {
      const at = curveCells().filter((cell) => rowId(cell) === rowId(row) && cell.lossPct === 10);
      const said = at
        .filter((cell) => results.has(idOf(cell)))
        .map((cell) => {
          const { givenUpPct, overheadPct } = results.get(idOf(cell));
          return `${shown[cell.scheme].name} ${givenUpPct.toPrecision(2)} % for ${overheadPct.toPrecision(3)} % of bytes`;
        });
      return `${titleOf(row)}, frames given up at 10 % loss: ${said.join('; ')}.`;
    })
    .join(' ');
}
