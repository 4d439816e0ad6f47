import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the benchmark's modules export is plain JavaScript. */
const load = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../bench/loss/${name}.mjs`, import.meta.url).href)) as T;

describe('npm run bench:loss', () => {
  it('finds that without repair frames are given up at 5 % loss, and with it none', () => {
    const args =
      '--json --only curves --rows 2/33 --columns 5 --schemes hellohaybye,none --seeds 1 --seconds 5';
    const { stdout, stderr } = spawnSync(process.execPath, ['bench/loss.mjs', ...args.split(' ')], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { scheme: string });
    const cell = { bench: 'loss', where: 'simulator', rttMs: 2, deadlineMs: 33, lossPct: 5, burst: 1 };
    const latencyMs = { p50: expect.any(Number) as number, p99: expect.any(Number) as number };
    const of = (scheme: string) => lines.find((line) => line.scheme === scheme);
    expect(lines).toHaveLength(2);
    expect(of('hellohaybye')).toEqual({
      ...cell,
      scheme: 'hellohaybye',
      model: 'independent',
      frames: 150,
      givenUp: 0,
      latencyMs,
      overheadPct: expect.any(Number) as number,
    });
    // Of 34 packets all come through with a probability of 17 %.
    const { givenUp, overheadPct } = of('none') as unknown as Record<string, number>;
    expect(givenUp).toBeGreaterThan(100);
    expect(overheadPct).toBeLessThan(0.5);
  });
});

describe('countRun', () => {
  interface Run {
    frames: number;
    givenUp: number;
    latencies: Float64Array;
    sourceBytes: number;
    allBytes: number;
  }
  const module = load<{
    countRun(run: object): Run;
    sum(runs: Run[]): Record<string, unknown>;
  }>('count');

  it('gives up a frame that is whole after its deadline, or never, and none that is whole at it', async () => {
    const { countRun } = await module;
    const ready = Float64Array.of(0, 1000, 2000, 3000);
    const due = ready.map((at) => at + 500);
    const whole = Float64Array.of(500, 1501, Infinity, 3100);
    const counted = countRun({ ready, due, whole, sourceBytes: 1000, allBytes: 1100 });
    expect(counted).toMatchObject({ frames: 4, givenUp: 2 });
    expect([...counted.latencies]).toEqual([0.5, 0.1]);
  });

  it('weighs the runs of a cell by what was in them', async () => {
    const { sum } = await module;
    const run = (
      frames: number,
      givenUp: number,
      latencies: number[],
      sourceBytes: number,
      allBytes: number,
    ) => ({
      frames,
      givenUp,
      latencies: Float64Array.from(latencies),
      sourceBytes,
      allBytes,
    });
    expect(sum([run(4, 1, [3, 1, 2], 100, 150), run(1, 1, [], 300, 310)])).toEqual({
      frames: 5,
      givenUp: 2,
      givenUpPct: 40,
      overheadPct: 15,
      latencyMs: { p50: 2, p99: 3 },
    });
  });
});

describe('the chart', () => {
  const module = load<{
    chart(what: object): string;
    linear(most: number): (value: number) => number;
    logarithmic(least: number, most: number): (value: number) => number;
  }>('chart');

  it('has a place for zero on the logarithmic scale', async () => {
    const { logarithmic } = await module;
    const scale = logarithmic(0.01, 100);
    expect([scale(0), scale(100)]).toEqual([0, 1]);
    expect(scale(10) - scale(1)).toBeCloseTo(scale(100) - scale(10), 2);
  });

  it('draws a point where its values are, and every name on a line of its own', async () => {
    const { chart, linear } = await module;
    const axis = { title: 'lost & found', ticks: [0, 10], scale: linear(10) };
    const series = (name: string, value: number) => ({
      name,
      kind: 'ours',
      points: [
        [0, 0],
        [10, value],
      ],
    });
    const svg = chart({
      title: '<loss>',
      description: '',
      note: '',
      panels: [[{ title: '', x: axis, y: axis, series: [series('one', 10), series('two', 10)] }]],
    });
    expect(svg).toContain('&lt;loss&gt;');
    expect(svg).toContain('lost &amp; found');
    const [, left, bottom, right, top] = /M(\S+) (\S+)L(\S+) (\S+)"/.exec(svg)!.map(Number);
    expect(left).toBeLessThan(right!);
    expect(top).toBeLessThan(bottom!);
    const heightOf = (name: string) => Number(new RegExp(`y="(\\S+)">${name}<`).exec(svg)![1]);
    expect(heightOf('one')).toBeGreaterThanOrEqual(top!);
    expect(heightOf('two') - heightOf('one')).toBeGreaterThanOrEqual(12);
  });
});
