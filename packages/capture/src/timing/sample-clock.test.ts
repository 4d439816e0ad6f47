import { micros, seconds } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { SampleClock } from './sample-clock.js';

const start = seconds(1_700_000_000);
const rate = 44_100;
const block = 441;

/**
 * A sound card whose samples take `stretch` times their nominal time, and a system that hands its blocks over
 * up to `jitter` microseconds late.
 * @returns of each block, when it was truly captured and when the clock says
 */
function record(o: {
  seconds: number;
  stretch?: number;
  jitter?: number;
  hole?: [at: number, length: number];
}) {
  const random = seededRandom(7);
  const clock = new SampleClock(rate);
  const period = (block / rate) * 1e6 * (o.stretch ?? 1);
  let arrived = 0;
  return Array.from({ length: o.seconds * 100 }, (_, n) => {
    const hole = o.hole && n >= o.hole[0] * 100 ? o.hole[1] * 1e6 : 0;
    const truth = start + n * period + hole;
    // Blocks arrive in order.
    arrived = Math.max(arrived, truth + period + (random.uint32() / 2 ** 32) * (o.jitter ?? 0));
    return { truth, says: clock.stamp(block, micros(arrived)) };
  });
}

const worst = (some: { truth: number; says: number }[]): number =>
  some.reduce((most, { truth, says }) => Math.max(most, Math.abs(says - truth)), 0);

describe('SampleClock', () => {
  it('takes the time of the first sample from the arrival of the last', () => {
    expect(new SampleClock(1000).stamp(100, start)).toBe(start - 100_000);
  });

  it('is exact where nothing jitters', () => {
    expect(worst(record({ seconds: 10 }))).toBeLessThan(2);
  });

  it('knows within 5 ms what arrives up to 30 ms late, once it has settled', () => {
    expect(worst(record({ seconds: 60, jitter: 30_000 }).slice(300))).toBeLessThan(5000);
  });

  it.each([0.9995, 1.0005])('follows a card whose seconds last %f s, for ten minutes', (stretch) => {
    expect(worst(record({ seconds: 600, stretch, jitter: 5000 }).slice(300))).toBeLessThan(2500);
  });

  it('runs smoothly: an interval is off by 0.5 % at most, and none goes back', () => {
    const says = record({ seconds: 60, stretch: 1.0002, jitter: 30_000 }).map((one) => one.says);
    const intervals = says.slice(1).map((at, i) => at - (says[i] as number));
    expect(Math.min(...intervals)).toBeGreaterThan(9400);
    expect(Math.min(...intervals.slice(300))).toBeGreaterThan(9940);
    expect(Math.max(...intervals.slice(300))).toBeLessThan(10_060);
  });

  it('jumps over a hole, of a computer that slept for instance', () => {
    const blocks = record({ seconds: 20, hole: [10, 3] });
    expect(worst(blocks.slice(0, 1000))).toBeLessThan(2);
    // The last second speaks against it until it is over.
    expect(worst(blocks.slice(1102))).toBeLessThan(2);
  });
});
