import { millis, seconds, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Listener, RATE, sineBlock } from './playout-testing.js';

/** The sine alone has 22, and 33 more where it is faded in from its peak; without fades it is thousands. */
const CLICK = 100;

describe('start', () => {
  it('plays the first sample one delay after its block came', () => {
    const listener = new Listener();
    listener.push(0, 0);
    listener.pullUntil(millis(100));
    expect(listener.firstSound).toBe(RATE * 0.04);
  });

  it('is exact to the sample when the arrival lies between two pulls', () => {
    const listener = new Listener();
    listener.pullUntil(millis(5));
    listener.push(0, 3.25);
    listener.pullUntil(millis(100));
    expect(listener.firstSound).toBe(RATE * 0.04325);
  });

  it('takes an earlier block that comes second', () => {
    const listener = new Listener();
    listener.push(1, 0);
    listener.push(0, 1);
    listener.pullUntil(millis(100));
    expect(listener.firstSound).toBe(RATE * 0.03);
    expect(listener.statistics).toMatchObject({ played: 960, late: 0 });
  });

  it('leaves out what is past when it was not pulled for a while', () => {
    const listener = new Listener();
    for (let index = 0; index < 20; index++) listener.push(index, index * 10);
    listener.skipTo(millis(150));
    listener.pullUntil(millis(190));
    expect(listener.statistics).toMatchObject({ skipped: RATE * 0.11, played: RATE * 0.04 });
  });

  it('has a delay that can be chosen', () => {
    const listener = new Listener({ delay: millis(100) });
    listener.push(0, 0);
    listener.pullUntil(millis(200));
    expect(listener.firstSound).toBe(RATE * 0.1);
  });
});

describe('a steady stream', () => {
  it('comes out as it went in, but for a short fade at its start', () => {
    const listener = new Listener();
    listener.run(seconds(3));
    expect(listener.statistics).toMatchObject({ concealed: 0, late: 0, reanchored: 0, skipped: 0 });
    const fade = RATE * 0.005;
    const from = RATE * 0.04;
    const heard = listener.heard.subarray(from + fade, from + RATE);
    expect(heard).toEqual(sineBlock(0, RATE).subarray(fade));
  });

  it('bears any order within the delay', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const listener = new Listener();
        listener.run(seconds(2), { jitterMs: () => (random.uint32() % 38_000) / 1000, from: 1 });
        expect(listener.statistics).toMatchObject({ concealed: 0, late: 0, reanchored: 0 });
      }),
      { numRuns: 20 },
    );
  });

  it('bears blocks that come twice', () => {
    const listener = new Listener();
    for (let index = 0; index < 50; index++) {
      listener.pullUntil(millis(index * 10));
      listener.push(index, index * 10);
      listener.push(index, index * 10);
    }
    expect(listener.statistics).toMatchObject({ duplicates: 50, concealed: 0 });
  });

  it('keeps channels apart', () => {
    const listener = new Listener({ channels: 2 });
    const samples = Int16Array.from({ length: 960 }, (_, index) => (index % 2 ? -500 : 1000));
    for (let index = 0; index < 20; index++) listener.pushSamples(samples, index * 480, index * 10);
    listener.pullUntil(millis(200));
    const late = listener.heard.subarray(RATE * 0.1 * 2, RATE * 0.11 * 2);
    expect(new Set(late.filter((_, index) => index % 2 === 0))).toEqual(new Set([1000]));
    expect(new Set(late.filter((_, index) => index % 2 === 1))).toEqual(new Set([-500]));
  });
});

describe('gaps', () => {
  const lose = (...lost: number[]) => {
    const listener = new Listener();
    listener.run(seconds(1), { lost: (index) => lost.includes(index) });
    return listener;
  };

  it('are concealed without a click', () => {
    for (const listener of [lose(30), lose(30, 31, 32), lose(30, 31, 32, 33, 34, 35, 36, 37, 38)]) {
      expect(listener.roughest).toBeLessThan(CLICK);
    }
  });

  it('of one block keep the loudness of what was before', () => {
    const at = RATE * (0.04 + 0.3);
    const gap = lose(30).heard.subarray(at, at + 240);
    expect(Math.max(...gap)).toBeGreaterThan(6500);
  });

  it('fade to silence when they are long', () => {
    const listener = lose(...Array.from({ length: 20 }, (_, index) => 30 + index));
    const at = RATE * (0.04 + 0.33);
    expect(listener.heard.subarray(at, at + RATE * 0.16).every((sample) => sample === 0)).toBe(true);
  });

  it('are counted in samples', () => {
    expect(lose(30, 31, 50).statistics).toMatchObject({ concealed: 3 * 480, late: 0, reanchored: 0 });
  });

  it('of over half a second are pauses: nothing is concealed, and the next block starts afresh', () => {
    const listener = new Listener();
    listener.run(seconds(1));
    listener.pullUntil(seconds(3));
    const quiet = listener.heard.length;
    listener.push(100, 3000);
    listener.pullUntil(millis(3100));
    expect(listener.statistics).toMatchObject({ concealed: 0, reanchored: 0, late: 0 });
    expect(listener.heard.subarray(quiet).findIndex((sample) => sample !== 0)).toBe(RATE * 0.04);
  });
});

describe('late blocks', () => {
  it('are counted and dropped', () => {
    const listener = new Listener();
    listener.run(seconds(1), { jitterMs: (index) => (index === 40 ? 60 : 0) });
    expect(listener.statistics).toMatchObject({ late: 1, concealed: 480, reanchored: 0 });
  });

  it('of which a part is still wanted are played in part', () => {
    const listener = new Listener({}, 720);
    listener.run(seconds(1), { jitterMs: (index) => (index === 40 ? 50.5 : 0) });
    expect(listener.statistics).toMatchObject({ late: 0, concealed: 480 });
  });
});

describe('drift', () => {
  const drift = (ppm: number, span: Micros) => {
    const listener = new Listener();
    listener.run(span, { drift: ppm / 1e6 });
    return listener;
  };

  it.each([1500, -1500])('of %i ppm over two minutes never grows the delay', (ppm) => {
    const listener = drift(ppm, seconds(120));
    // 180 ms have drifted; each new anchor makes up for a threshold of 20 ms, or a little more.
    expect(listener.statistics.reanchored).toBeGreaterThanOrEqual(7);
    expect(listener.statistics.reanchored).toBeLessThanOrEqual(9);
    expect(listener.statistics.late).toBe(0);
    // The delay, the threshold, what drifts in two windows, the block itself and what is not yet pulled.
    expect(listener.longestDelay).toBeLessThan(RATE * (0.04 + 0.02 + 0.006 + 0.01 + 0.01));
  });

  it('makes no click when it is made up for', () => {
    expect(drift(2000, seconds(60)).roughest).toBeLessThan(CLICK);
  });

  it('is not seen where there is only jitter', () => {
    const random = seededRandom(7);
    const listener = new Listener();
    listener.run(seconds(120), { jitterMs: () => (random.uint32() % 100 < 5 ? 35 : 0) });
    expect(listener.statistics).toMatchObject({ reanchored: 0, late: 0 });
  });

  it('is not seen in a sender that sends larger chunks at once', () => {
    const listener = new Listener();
    listener.run(seconds(60), { jitterMs: (index) => 20 - (index % 3) * 10 });
    expect(listener.statistics.reanchored).toBe(0);
  });
});

describe('jumps', () => {
  it.each([5_000_000_000, -5_000_000_000, RATE, -RATE])('of the timestamp by %i begin anew', (jump) => {
    const listener = new Listener();
    listener.run(seconds(1));
    listener.run(seconds(1), { offset: jump, from: 100 });
    const { reanchored, concealed, late, played } = listener.statistics;
    expect({ reanchored, late }).toEqual({ reanchored: 1, late: 0 });
    expect(concealed).toBeLessThan(RATE * 0.045);
    expect(played).toBeGreaterThan(RATE * 1.85);
  });

  it('of a single stray block change nothing', () => {
    const listener = new Listener();
    listener.run(seconds(1), { offsetOf: (index) => (index === 50 ? 900_000 : 0) });
    expect(listener.statistics).toMatchObject({ reanchored: 0, concealed: 480 });
  });

  it('a backlog that comes at once after a stall does not stay as delay', () => {
    const listener = new Listener();
    listener.run(seconds(1));
    listener.run(seconds(6), { from: 100, jitterMs: (index) => Math.max(0, 1000 - (index - 100) * 10) });
    expect(listener.delayNow).toBeLessThan(RATE * 0.065);
  });

  it('a stall of the speaker does not stay as delay', () => {
    const listener = new Listener();
    listener.run(seconds(2));
    listener.freeze(millis(200));
    listener.run(seconds(5), { from: 200 });
    expect(listener.delayNow).toBeLessThan(RATE * 0.065);
    expect(listener.statistics.reanchored).toBe(1);
  });
});

describe('bad input', () => {
  it('is counted', () => {
    const listener = new Listener({ channels: 2 });
    listener.pushSamples(new Int16Array(0), 0, 0);
    listener.pushSamples(new Int16Array(3), 0, 0);
    listener.pushSamples(new Int16Array(4), NaN, 0);
    listener.pushSamples(new Int16Array(4), 0.5, 0);
    expect(listener.statistics.malformed).toBe(4);
  });

  it('of any kind never throws, and buffers no more than half a second', () => {
    const block = fc.record({
      timestamp: fc.oneof(fc.integer({ min: -30_000, max: 30_000 }), fc.maxSafeInteger()),
      length: fc.integer({ min: 0, max: 2000 }),
      atMs: fc.integer({ min: -1000, max: 1000 }),
      pulls: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 100 }), (blocks) => {
        const listener = new Listener();
        let now = 0;
        for (const { timestamp, length, atMs, pulls } of blocks) {
          listener.pushSamples(new Int16Array(length).fill(1000), timestamp, now + atMs);
          for (let count = 0; count < pulls; count++) listener.pullUntil(millis((now += 10)));
          expect(listener.statistics.buffered).toBeLessThan(RATE * 0.5);
        }
      }),
      { numRuns: 200 },
    );
  });
});
