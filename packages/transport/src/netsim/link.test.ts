import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import type { LinkOptions } from './link-options.js';
import { arrivals, lossRuns, makeLink, mean } from './testing.js';

const many = 200_000;

const expectNear = (value: number, target: number, tolerance: number) =>
  expect(Math.abs(value - target), `${value}, not ${target}`).toBeLessThanOrEqual(tolerance);

describe('a link', () => {
  it('is a perfect wire unless told otherwise', () => {
    const data = Uint8Array.of(1, 2, 3);
    expect(makeLink({}).transmit(data, micros(5))).toEqual([{ at: 5, data }]);
  });

  it('delay: to the microsecond', () => {
    expect(arrivals(makeLink({ delay: millis(7) }), 3)).toEqual([7000, 8000, 9000]);
  });

  it('jitter: uniform over what was asked for, and in order', () => {
    const link = makeLink({ delay: millis(1), jitter: millis(4) });
    const spaced = arrivals(link, 20_000, millis(10)).map((at, index) => at! - index * 10_000 - 1000);
    expect(Math.min(...spaced)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...spaced)).toBeLessThanOrEqual(4000);
    expect(mean(spaced)).toBeCloseTo(2000, -2);
    const close = arrivals(makeLink({ jitter: millis(4) }), 1000, micros(10));
    expect(close).toEqual([...close].sort((one, other) => one! - other!));
  });

  it.each([0.001, 0.01, 0.1, 0.5])('loss of %d: that share, each for itself', (loss) => {
    const runs = lossRuns(arrivals(makeLink({ loss }), many));
    const lost = runs.reduce((sum, run) => sum + run, 0);
    expectNear(lost / many, loss, 4 * Math.sqrt((loss * (1 - loss)) / many));
    expectNear(mean(runs), 1 / (1 - loss), 4 / Math.sqrt(runs.length));
  });
});

describe('bursts of losses', () => {
  it.each([
    [0.01, 2],
    [0.1, 5],
    [0.3, 10],
  ])('by packet: %d lost, %d at a time, however far apart', (loss, packets) => {
    const arrived = arrivals(makeLink({ burst: { loss, packets } }), many, seconds(1));
    const runs = lossRuns(arrived);
    expectNear(runs.reduce((sum, run) => sum + run, 0) / many, loss, loss * 0.1);
    expectNear(mean(runs), packets, packets * 0.1);
    const close = arrivals(makeLink({ burst: { loss, packets } }), many, micros(1));
    expect(lossRuns(close)).toEqual(runs);
  });

  it.each([
    [0.1, 5],
    [0.02, 40],
  ])('by time: %d of it lost, %d ms at a time', (loss, length) => {
    const interval = micros(200);
    const arrived = arrivals(makeLink({ burst: { loss, duration: millis(length) } }), 2_000_000, interval);
    const runs = lossRuns(arrived).map((run) => run * 0.2);
    expectNear(runs.reduce((sum, run) => sum + run, 0) / 400_000, loss, loss * 0.1);
    expectNear(mean(runs), length, length * 0.1);
  });

  it('by time: the same times whoever looks, and however often', () => {
    const burst = { loss: 0.1, duration: millis(5) };
    const often = arrivals(makeLink({ burst }), 100_000, micros(100));
    const seldom = arrivals(makeLink({ burst }), 1000, millis(10));
    expect(seldom).toEqual(seldom.map((_, index) => often[index * 100]));
  });
});

describe('a link that can not be', () => {
  it.each<[string, LinkOptions]>([
    ['loss', { loss: 1.1 }],
    ['corrupt', { corrupt: -0.1 }],
    ['duplicate', { duplicate: Number.NaN }],
    ['delay', { delay: micros(-1) }],
    ['jitter', { jitter: Infinity as Micros }],
    ['rate', { rate: 0 }],
    ['queue', { queue: -1 }],
    ['mtu', { mtu: Number.NaN }],
    ['burst.packets', { burst: { loss: 0.1, packets: 0.5 } }],
    ['bursts of 2', { burst: { loss: 0.7, packets: 2 } }],
    ['burst.loss', { burst: { loss: 1, duration: millis(5) } }],
    ['burst.duration', { burst: { loss: 0.1, duration: micros(0) } }],
    ['stalls.length', { stalls: { every: millis(50), length: [millis(20), millis(50)] } }],
    ['stalls.every', { stalls: { every: [millis(60), millis(50)], length: millis(1) } }],
    ['reorder.share', { reorder: { share: 2, delay: millis(1) } }],
    ['crossTraffic.on', { crossTraffic: { rate: 1, on: micros(0), off: millis(1) } }],
    ['changes', { changes: [{ after: millis(2), link: {} }, { after: millis(1), link: {} }] }], // prettier-ignore
    ['loss', { changes: [{ after: millis(2), link: { loss: 2 } }] }],
  ])('%s: bad-option, named', (name, options) => {
    const message = expect.stringContaining(name) as string;
    expect(() => makeLink(options)).toThrow(expect.objectContaining({ code: 'bad-option', message }));
  });
});
