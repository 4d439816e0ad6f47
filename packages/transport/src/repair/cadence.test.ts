import { micros, uniform } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { Cadence } from './cadence.js';

const frame = 3000;
const interval = 100_000 / 3;

/** A cadence that has seen frames 33 ms apart. */
function steady(frames = 20, late: (frame: number) => number = () => 0): Cadence {
  const cadence = new Cadence(90_000);
  for (let number = 0; number < frames; number += 1)
    cadence.begun(number * frame, micros(number * interval + late(number)), true);
  return cadence;
}

describe('the cadence of frames', () => {
  it('is unknown before two frames, and tells when the next ones should come', () => {
    expect(steady(1).expected(0)).toBeUndefined();
    const cadence = steady();
    expect(cadence.interval).toBeCloseTo(frame, 3);
    for (const passed of [0, 1, 2]) {
      const { timestamp, at } = cadence.expected(passed)!;
      expect(timestamp).toBeCloseTo((20 + passed) * frame, 3);
      // Half a millisecond of slack, at least.
      expect(at - (20 + passed) * interval).toBeGreaterThanOrEqual(499);
      expect(at - (20 + passed) * interval).toBeLessThan(600);
    }
  });

  it('is not changed by lost frames, nor by frames that were known of though they got lost', () => {
    const cadence = steady();
    cadence.begun(23 * frame, micros(23 * interval), false);
    expect(cadence.interval).toBeCloseTo(frame, 0);
    cadence.missed(24 * frame);
    cadence.missed(22 * frame);
    expect(cadence.expected(0)!.timestamp).toBeCloseTo(25 * frame, 0);
    cadence.begun(25 * frame, micros(25 * interval), false);
    expect(cadence.interval).toBeCloseTo(frame, 0);
  });

  it('learnt with a frame lost in between, is put right by the next one', () => {
    const cadence = new Cadence(90_000);
    cadence.begun(0, micros(0), true);
    cadence.begun(2 * frame, micros(2 * interval), false);
    cadence.begun(3 * frame, micros(3 * interval), false);
    expect(cadence.interval).toBe(frame);
  });

  it.each([
    ['half', 2],
    ['a fifth', 5],
    ['twice', 0.5],
  ])('follows frames that come %s as often within some frames', (_, factor) => {
    const cadence = steady();
    const start = 19;
    for (let number = 1; number <= 10; number += 1)
      cadence.begun((start + number * factor) * frame, micros((start + number * factor) * interval), true);
    expect(cadence.interval).toBeCloseTo(factor * frame, -1);
  });

  it('of frames at irregular times is none', () => {
    const cadence = new Cadence(90_000);
    const random = seededRandom(1);
    let at = 0;
    let known = 0;
    for (let number = 0; number < 500; number += 1) {
      at += 20_000 + uniform(random) * 60_000;
      cadence.begun(at * 0.09, micros(at), true);
      if (cadence.interval !== undefined) known += 1;
    }
    expect(known).toBeLessThan(10);
  });

  it('waits longer for frames whose times stray, on the way or at their source', () => {
    const onTheWay = steady(50, (number) => (number % 2) * 2000);
    expect(onTheWay.expected(0)!.at).toBeGreaterThan(50 * interval + 2000);
    const atTheirSource = new Cadence(90_000);
    for (let number = 0; number < 50; number += 1) {
      const at = number * interval + (number % 2) * 2000;
      atTheirSource.begun(at * 0.09, micros(at), true);
    }
    expect(atTheirSource.expected(0)!.at).toBeGreaterThan(49 * interval + 2000 + interval);
  });

  it('is none for a stream slower than four frames a second, nor after a pause', () => {
    const cadence = steady();
    cadence.begun(19 * frame + 45_000, micros(19 * interval + 500_000), true);
    expect(cadence.expected(0)).toBeUndefined();
    cadence.begun(20 * frame + 45_000, micros(20 * interval + 500_000), true);
    expect(cadence.interval).toBe(frame);
    cadence.restart();
    expect(cadence.expected(0)).toBeUndefined();
  });

  it('remembers how long frames take to come, less and less', () => {
    const cadence = new Cadence(90_000);
    cadence.spanned(micros(8000));
    cadence.spanned(micros(1000));
    expect(cadence.span).toBe(7600);
    for (let number = 0; number < 100; number += 1) cadence.spanned(micros(1000));
    expect(cadence.span).toBe(1000);
  });
});

describe('the next packet of a frame', () => {
  const gap = (cadence: Cadence, received: number, over: number) =>
    cadence.gapAfter({ firstAt: micros(1000), received }, micros(1000 + over));

  it('may take a quarter of the deadline before any frame came whole', () => {
    const cadence = new Cadence(90_000, micros(33_000));
    expect(gap(cadence, 1, 0)).toBe(8250);
    cadence.spanned(micros(0));
    expect(gap(cadence, 1, 0)).toBe(300);
  });

  it('may take twice as long as those before it did, within bounds', () => {
    const cadence = new Cadence(90_000, micros(33_000));
    cadence.spanned(micros(5000));
    expect(gap(cadence, 11, 1000)).toBe(300);
    expect(gap(cadence, 11, 6000)).toBe(1200);
    expect(gap(cadence, 2, 30_000)).toBe(8250);
  });
});
