// What is measured, and the targets. A cell is plain data: it goes to worker threads and into JSON.

/** Round trip and deadline: what a frame has after its last packet would have arrived. */
export const rows = [
  { rttMs: 2, deadlineMs: 33 },
  { rttMs: 2, deadlineMs: 10 },
  { rttMs: 20, deadlineMs: 66 },
  { rttMs: 20, deadlineMs: 33 },
  { rttMs: 40, deadlineMs: 33 },
];

const independent = (lossPct) => ({
  id: `${lossPct}`,
  title: `${lossPct} %`,
  model: 'independent',
  lossPct,
  burst: 1,
});

/** `burst` is the mean number of packets lost in a row. */
export const columns = [
  ...[0, 1, 5, 10, 20].map(independent),
  { id: 'packet', title: '10 %, 5 in a row', model: 'packet', lossPct: 10, burst: 5 },
  { id: 'time', title: '10 %, 4.9 ms', model: 'time', lossPct: 10, burst: 5 },
  { id: 'stall', title: 'stalls', model: 'stall', lossPct: 0, burst: 1 },
];

/** Frames given up, at most, @ bytes besides the stream, at most: both in per cent. */
const targets = {
  '2/33': ['0 @ 0.5', '0 @ 1.5', '0 @ 6.5', '0 @ 13', '0 @ 28', '0.01 @ 17', '0.1 @ 20', '- @ 2'],
  '2/10': ['0 @ 0.5', '0 @ 2', '0.01 @ 7', '0.01 @ 14', '0.1 @ 33', '0.5 @ 22', '1 @ 25', '- @ 2'],
  '20/66': ['0 @ 0.5', '0 @ 2', '0.003 @ 7', '0.02 @ 14', '0.1 @ 32', '0.25 @ 24', '0.5 @ 26', '- @ 2'],
  '20/33': ['0 @ 0.5', '0.01 @ 5', '0.05 @ 12', '0.15 @ 20', '0.5 @ 45', '1 @ 30', '2 @ 32', '- @ 2'],
  '40/33': ['0 @ 0.5', '0.05 @ 12', '0.2 @ 22', '0.3 @ 32', '1 @ 60', '- @ -', '- @ -', '- @ 2'],
};
const audioTargets = { 10: '0.02 @ 15', 20: '0.1 @ 30' };

/** Latency of whole frames at 10 % loss and 2 ms: milliseconds beyond those without loss, at most. */
export const latencyTargets = { p50: 4, p99: 12 };

export const rowId = ({ rttMs, deadlineMs }) => `${rttMs}/${deadlineMs}`;

/** What a cell must not exceed: `{ givenUpPct, overheadPct }`, Infinity where there is no limit. */
export function targetOf({ media, lossPct, model, ...row }) {
  const column = columns.findIndex((one) => one.model === model && one.lossPct === lossPct);
  const text = media === 'audio' ? audioTargets[lossPct] : targets[rowId(row)]?.[column];
  const [givenUpPct, overheadPct] = (text ?? '- @ -')
    .split(' @ ')
    .map((limit) => (limit === '-' ? Infinity : Number(limit)));
  return { givenUpPct, overheadPct };
}

const cellOf = (scheme, { rttMs, deadlineMs }, { model, lossPct, burst }, more = {}) => ({
  ...more,
  scheme,
  rttMs,
  deadlineMs,
  lossPct,
  burst,
  model,
});

export const idOf = (cell) =>
  [cell.media ?? 'video', cell.scheme, rowId(cell), cell.model, cell.lossPct, cell.burst].join(' ');

/** The table of targets. */
export const tableCells = () =>
  rows.flatMap((row) => columns.map((column) => cellOf('hellohaybye', row, column)));

export const curveLosses = [0, 1, 2, 5, 10, 15, 20, 25, 30];
export const curveRows = [rows[0], rows[2]];
export const curveSchemes = ['hellohaybye', 'nack', 'rs-20', 'none'];

/** The curves: ours beside the others. */
export const curveCells = () =>
  curveSchemes.flatMap((scheme) =>
    curveRows.flatMap((row) => curveLosses.map((lossPct) => cellOf(scheme, row, independent(lossPct)))),
  );

/** Sound: 10 ms a packet, played out 40 ms after it would have arrived. */
export const audioCells = () =>
  ['hellohaybye', 'none'].flatMap((scheme) =>
    [0, 10, 20].map((lossPct) =>
      cellOf(scheme, { rttMs: 2, deadlineMs: 40 }, independent(lossPct), { media: 'audio' }),
    ),
  );

/**
 * Real sockets: for each row the cell without loss, and groups of others that run at the same time as it. Three
 * pairs at a time leave two cores half idle.
 */
export function socketRows(quick) {
  const groups = quick ? [['10', '20']] : [['1', '5'], ['10', '20'], ['packet', 'time'], ['stall']];
  return rows.slice(0, 2).map((row) => {
    const at = (wanted) =>
      cellOf(
        'hellohaybye',
        row,
        columns.find(({ id }) => id === wanted),
      );
    return { clean: at('0'), groups: groups.map((ids) => ids.map(at)) };
  });
}
