import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import type { StallOptions } from './link-options.js';
import { arrivals, lossRuns, makeLink, mean } from './testing.js';

const share = (arrived: readonly (Micros | undefined)[]) =>
  arrived.filter((at) => at === undefined).length / arrived.length;

/** When each stall began and how long it held things back, seen by packets 0.1 ms apart. */
function stallsOf(stalls: StallOptions, span: Micros, seed = 1) {
  const seen: { begin: number; length: number }[] = [];
  let end = -1;
  for (const [index, at] of arrivals(makeLink({ stalls }, seed), span / 100, micros(100)).entries()) {
    const sent = index * 100;
    if (at! > sent && at !== end) seen.push({ begin: sent, length: at! - sent });
    if (at! > sent) end = at!;
  }
  return seen;
}

describe('stalls', () => {
  it('regular: one of 50 ms each second, from an instant that the seed decides', () => {
    const seen = stallsOf({ every: seconds(1), length: millis(50) }, seconds(20));
    expect(seen.length).toBe(20);
    for (const [index, { begin, length }] of seen.entries()) {
      expect(begin).toBe(seen[0]!.begin + index * 1e6);
      expect(length).toBeGreaterThan(49_900 - 1);
      expect(length).toBeLessThanOrEqual(50_001);
    }
    const other = stallsOf({ every: seconds(1), length: millis(50) }, seconds(2), 2);
    expect(other[0]!.begin).not.toBe(seen[0]!.begin);
  });

  it('irregular: lengths and intervals fill their ranges', () => {
    const every = [millis(500), seconds(1)] as const;
    const seen = stallsOf({ every, length: [millis(20), millis(200)] }, seconds(400));
    const lengths = seen.map(({ length }) => length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(19_900);
    expect(Math.min(...lengths)).toBeLessThan(25_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(200_001);
    expect(Math.max(...lengths)).toBeGreaterThan(195_000);
    expect(mean(lengths) / 110_000).toBeCloseTo(1, 1);
    const gaps = seen.slice(1).map(({ begin }, index) => begin - seen[index]!.begin);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(499_900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000_100);
    expect(mean(gaps) / 750_000).toBeCloseTo(1, 1);
  });

  it('lose nothing, and let go in order, in a burst', () => {
    const stalls = { every: seconds(1), length: millis(200) };
    const arrived = arrivals(makeLink({ stalls, delay: millis(2) }), 2000);
    expect(share(arrived)).toBe(0);
    expect(arrived).toEqual([...arrived].sort((one, other) => one! - other!));
    const together = arrived.filter((at, index) => arrived[index + 1] === at).length;
    expect(together).toBeGreaterThanOrEqual(2 * 198);
  });

  it('come at the same times after days without a packet', () => {
    const stalls = { every: seconds(1), length: millis(50) };
    const [begin] = stallsOf(stalls, seconds(2));
    const at = micros(begin!.begin + 10_000 + 5 * 86_400e6);
    const [delivery] = makeLink({ stalls }).transmit(new Uint8Array(1), at);
    expect(delivery!.at - at).toBeGreaterThan(39_000);
    expect(delivery!.at - at).toBeLessThanOrEqual(40_001);
  });
});

describe('rate and queue', () => {
  it('rate: a packet takes its bits at IP level, and the next one waits', () => {
    // 972 + 28 bytes are 8000 bits.
    expect(arrivals(makeLink({ rate: 8e6 }), 3, micros(0), 972)).toEqual([1000, 2000, 3000]);
    expect(arrivals(makeLink({ rate: 8e6 }), 3, millis(5), 972)).toEqual([1000, 6000, 11_000]);
  });

  it('queue: what does not fit is lost, at the end', () => {
    const link = makeLink({ rate: 8e6, queue: 4000 });
    expect(arrivals(link, 6, micros(0), 972)).toEqual([1000, 2000, 3000, 4000, undefined, undefined]);
    expect(link.statistics.lost).toEqual({ loss: 0, burst: 0, queue: 2, mtu: 0 });
    expect(link.transmit(new Uint8Array(972), micros(1000))[0]?.at).toBe(5000);
  });

  it('overload: as much comes through as the rate takes', () => {
    const arrived = arrivals(makeLink({ rate: 8e6 }), 10_000, micros(800), 972);
    expect(share(arrived)).toBeCloseTo(0.2, 1);
    const [first, last] = [arrived[100]!, arrived.findLast((at) => at !== undefined)!];
    const through = arrived.slice(100).filter((at) => at !== undefined).length - 1;
    expect((last - first) / through).toBeCloseTo(1000, 0);
  });

  it('a stall stops the queue, and what waited leaves at the rate, not at once', () => {
    const stalls = { every: seconds(10), length: seconds(1) };
    const arrived = arrivals(makeLink({ rate: 8e6, queue: 100_000, stalls }), 12_000, millis(1), 472);
    const waits = arrived.map((at, index) => (at === undefined ? -1 : at - index * 1000));
    // A second's 500 kB against 100 kB: the rest is lost.
    expect(arrived.filter((at) => at === undefined).length).toBe(800);
    expect(Math.max(...waits)).toBeGreaterThan(990_000);
    const after = waits.lastIndexOf(-1) + 1;
    expect(waits[after]! - waits[after + 100]!).toBe(100 * 500);
  });

  it('cross traffic: takes its part of rate and queue while it is on', () => {
    const crossTraffic = { rate: 5e6, on: seconds(19), off: seconds(19) };
    const link = makeLink({ rate: 8e6, queue: 20_000, crossTraffic });
    const arrived = arrivals(link, 20_000, micros(1900), 1472);
    const waits = arrived.map((at, index) => (at === undefined ? undefined : micros(at - index * 1900)));
    const [off, on] = [waits.slice(0, 10_000), waits.slice(10_200)];
    expect(new Set(off)).toEqual(new Set([1500]));
    // 6.3 and 5 Mbit/s in 8 lose 29 %; evenly spaced packets meet a full queue less often than random ones.
    expect(share(on)).toBeGreaterThan(0.15);
    expect(share(on)).toBeLessThan(0.29);
    const queued = on.filter((wait) => wait !== undefined);
    expect(mean(queued)).toBeGreaterThan(15_000);
    expect(Math.max(...queued)).toBeLessThanOrEqual(20_000);
  });

  it('mtu: what is larger at IP level is lost', () => {
    const link = makeLink({ mtu: 1420 });
    expect(link.transmit(new Uint8Array(1392), micros(0)).length).toBe(1);
    expect(link.transmit(new Uint8Array(1393), micros(0)).length).toBe(0);
    expect(link.statistics.lost.mtu).toBe(1);
  });
});

describe('what else happens to a packet', () => {
  it('reorder: that share is overtaken by those behind it, and by nothing else', () => {
    const link = makeLink({ delay: millis(1), reorder: { share: 0.1, delay: millis(3) } });
    const waits = arrivals(link, 50_000).map((at, index) => at! - index * 1000);
    expect(new Set(waits)).toEqual(new Set([1000, 4000]));
    expect(waits.filter((wait) => wait === 4000).length / 50_000).toBeCloseTo(0.1, 2);
    expect(link.statistics.reordered).toBe(waits.filter((wait) => wait === 4000).length);
  });

  it('duplicate: that share comes twice', () => {
    const link = makeLink({ duplicate: 0.1 });
    const copies = Array.from(
      { length: 50_000 },
      (_, n) => link.transmit(new Uint8Array(9), micros(n)).length,
    );
    expect(copies.filter((count) => count === 2).length / 50_000).toBeCloseTo(0.1, 2);
    expect(link.statistics.delivered).toBe(50_000 + link.statistics.duplicated);
  });

  it('corrupt: one to four bits of that share, in a copy', () => {
    const link = makeLink({ corrupt: 0.1 });
    const sent = new Uint8Array(100);
    const flipped = Array.from({ length: 50_000 }, (_, number) => {
      const { data } = link.transmit(sent, micros(number))[0]!;
      return data.reduce((bits, byte) => bits + byte.toString(2).replaceAll('0', '').length, 0);
    });
    expect(sent.every((byte) => byte === 0)).toBe(true);
    expect(link.statistics.corrupted / 50_000).toBeCloseTo(0.1, 2);
    // Two flips of one bit leave nothing.
    expect(flipped.filter((bits) => bits > 0).length).toBeGreaterThan(link.statistics.corrupted * 0.99);
    for (const bits of [1, 2, 3, 4]) {
      expect(flipped.filter((count) => count === bits).length / link.statistics.corrupted).toBeCloseTo(
        0.25,
        1,
      );
    }
    expect(Math.max(...flipped)).toBe(4);
    expect(() => makeLink({ corrupt: 1 }).transmit(new Uint8Array(0), micros(0))).not.toThrow();
  });

  it('models draw from sources of their own: jitter does not change what is lost', () => {
    const lost = (jitter: Micros) =>
      arrivals(makeLink({ loss: 0.2, jitter }), 1000).map((at) => at === undefined);
    expect(lost(millis(5))).toEqual(lost(millis(0)));
  });
});

describe('changes', () => {
  it('at their instants; nothing overtakes what is under way', () => {
    const changes = [
      { after: millis(10), link: { delay: millis(1) } },
      { after: millis(30), link: { loss: 1 } },
    ];
    const arrived = arrivals(makeLink({ delay: millis(5), changes }), 40);
    expect(arrived.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, index) => index * 1000 + 5000));
    expect(arrived.slice(10, 15)).toEqual([14_000, 14_000, 14_000, 14_000, 15_000]);
    expect(arrived.slice(15, 30)).toEqual(Array.from({ length: 15 }, (_, index) => index * 1000 + 16_000));
    expect(share(arrived.slice(30))).toBe(1);
  });

  it('by a call, from then on; what stays the same goes on where it is', () => {
    const stalls = { every: seconds(1), length: millis(50) };
    const [untouched, changed] = [makeLink({ stalls }), makeLink({ stalls })];
    changed.change({ stalls, loss: 0 }, micros(0));
    expect(arrivals(changed, 3000)).toEqual(arrivals(untouched, 3000));
    changed.change({ delay: millis(2) }, seconds(3));
    expect(changed.options).toEqual({ delay: millis(2) });
    expect(changed.transmit(new Uint8Array(1), seconds(4))[0]!.at).toBe(4_002_000);
  });

  it('a later change of a link that was changed counts from then', () => {
    const link = makeLink({});
    link.change({ changes: [{ after: millis(5), link: { loss: 1 } }] }, millis(10));
    expect(lossRuns(arrivals(link, 20))).toEqual([5]);
  });
});
