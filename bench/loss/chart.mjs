// Line charts as SVG, for a README: no script, no font of its own, and a background of its own for light and for
// dark pages. Pure.

/**
 * @param title told to who can't see it
 * @param description the same, at length
 * @param panels rows of `{ title, x, y, series }`, an axis being `{ title, ticks, scale }` and a series
 *   `{ name, kind, points: [x, y][] }`; `kind` is its class in `styles`
 * @param note a line beneath
 */
export function chart({ title, description, panels, note }) {
  const width = Math.max(...panels.map(({ length }) => length)) * PANEL.width;
  const height = panels.length * PANEL.height + FOOT;
  const drawn = panels.flatMap((row, down) =>
    row.map((panel, across) => group(across * PANEL.width, down * PANEL.height, drawPanel(panel))),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${styles}</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>`,
    ...drawn,
    text(PLOT.left, height - 16, note, 'note'),
    '</svg>',
    '',
  ].join('\n');
}

/** From a value to its place between 0 and 1. */
export const linear = (most) => (value) => value / most;

/** Like a logarithm, but 0 has its place: what is far below `least` comes to lie there. */
export const logarithmic = (least, most) => (value) => Math.log1p(value / least) / Math.log1p(most / least);

function drawPanel({ title, x, y, series }) {
  const across = (value) => PLOT.left + x.scale(value) * PLOT.width;
  const up = (value) => PLOT.top + (1 - y.scale(value)) * PLOT.height;
  const bottom = PLOT.top + PLOT.height;
  return [
    text(PLOT.left, PLOT.top - 36, title, 'title'),
    text(PLOT.left, PLOT.top - 16, y.title, 'axis'),
    ...y.ticks.flatMap((value) => [
      line(PLOT.left, up(value), PLOT.left + PLOT.width, up(value), value === 0 ? 'base' : 'grid'),
      text(PLOT.left - 8, up(value) + 4, `${value}`, 'tick end'),
    ]),
    ...x.ticks.map((value) => text(across(value), bottom + 18, `${value}`, 'tick middle')),
    text(PLOT.left + PLOT.width / 2, bottom + 38, x.title, 'axis middle'),
    ...series.map(({ kind, points }) =>
      curve(
        kind,
        points.map(([at, value]) => [across(at), up(value)]),
      ),
    ),
    ...spread(series, up).map(({ name, kind, at }) =>
      text(PLOT.left + PLOT.width + 10, at + 4, name, `name ${kind}`),
    ),
  ];
}

function curve(kind, points) {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${fixed(x)} ${fixed(y)}`).join('');
  const dots = points.map(([x, y]) => `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${DOT}"/>`).join('');
  return `<g class="${kind}"><path d="${path}"/>${dots}</g>`;
}

/** Names at the ends of their curves, moved apart where they would lie on each other. */
function spread(series, up) {
  const names = series
    .map(({ name, kind, points }) => ({ name, kind, at: up(points.at(-1)[1]) }))
    .sort((one, other) => one.at - other.at);
  const least = PLOT.top;
  const most = PLOT.top + PLOT.height;
  for (const [index, one] of names.entries()) {
    one.at = Math.max(one.at, index === 0 ? least : names[index - 1].at + LINE);
  }
  // Those that were pushed over the edge push the others back.
  for (let index = names.length - 1, edge = most; index >= 0; index -= 1) {
    names[index].at = Math.min(names[index].at, edge);
    edge = names[index].at - LINE;
  }
  return names;
}

const group = (x, y, parts) => [`<g transform="translate(${x} ${y})">`, ...parts, '</g>'].join('\n');

const line = (x1, y1, x2, y2, kind) =>
  `<line class="${kind}" x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}"/>`;

const text = (x, y, content, kind) =>
  `<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}">${escaped(content)}</text>`;

const fixed = (value) => `${Math.round(value * 10) / 10}`;

const escaped = (content) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const PANEL = { width: 468, height: 330 };
const PLOT = { left: 56, top: 66, width: 264, height: 210 };
const FOOT = 34;
const DOT = 2.6;
/** From one name to the next. */
const LINE = 16;

const styles = `
svg { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
.paper { fill: #ffffff; stroke: #d1d9e0; }
text { fill: #59636e; }
.title { font-size: 14px; font-weight: 600; fill: #1f2328; }
.note { font-size: 11px; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: #d1d9e0; stroke-width: 0.7; } .base { stroke: #59636e; stroke-width: 1; }
path { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.ours path { stroke-width: 3; } .name.ours { font-weight: 700; }
.floor path { stroke-dasharray: 3 4; stroke-width: 1.4; } .floor circle { display: none; }
.ours path { stroke: #0969da; } .ours circle, text.ours { fill: #0969da; }
.nack path { stroke: #8250df; } .nack circle, text.nack { fill: #8250df; }
.fixed path { stroke: #bc4c00; } .fixed circle, text.fixed { fill: #bc4c00; }
.nothing path { stroke: #6e7781; } .nothing circle, text.nothing { fill: #6e7781; }
.floor path { stroke: #1a7f37; } text.floor { fill: #1a7f37; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; stroke: #3d444d; }
  text { fill: #9198a1; } .title { fill: #f0f6fc; }
  .grid { stroke: #2f353d; } .base { stroke: #9198a1; }
  .ours path { stroke: #58a6ff; } .ours circle, text.ours { fill: #58a6ff; }
  .nack path { stroke: #bc8cff; } .nack circle, text.nack { fill: #bc8cff; }
  .fixed path { stroke: #f0883e; } .fixed circle, text.fixed { fill: #f0883e; }
  .nothing path { stroke: #9198a1; } .nothing circle, text.nothing { fill: #9198a1; }
  .floor path { stroke: #3fb950; } text.floor { fill: #3fb950; }
}
`;
