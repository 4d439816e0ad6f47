import { micros, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkOptions } from './link-options.js';
import { Link } from './link.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const span = fc.nat(50_000).map(micros);
const range = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
    .map(([one, other]) => {
      return [micros(Math.min(one, other)), micros(Math.max(one, other))] as const;
    });
const anyLink: fc.Arbitrary<LinkOptions> = fc.record(
  {
    delay: span,
    jitter: span,
    loss: share,
    burst: fc.oneof(
      fc.record({
        loss: fc.double({ min: 0, max: 0.5, noNaN: true }),
        packets: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({
        loss: fc.double({ min: 0, max: 0.9, noNaN: true }),
        duration: fc.integer({ min: 1, max: 90_000 }).map(micros),
      }),
    ),
    stalls: fc.record({ every: range(40_000, 90_000), length: range(0, 39_000) }),
    reorder: fc.record({ share, delay: span }),
    duplicate: share,
    corrupt: share,
    rate: fc.integer({ min: 1000, max: 1e9 }),
    queue: fc.integer({ min: 1, max: 200_000 }),
    crossTraffic: fc.record({
      rate: fc.integer({ min: 1000, max: 1e8 }),
      on: range(1, 90_000),
      off: range(1, 90_000),
    }),
    mtu: fc.integer({ min: 28, max: 9000 }),
  },
  { requiredKeys: [] },
);
const anyTraffic = fc.array(
  fc.record({ after: fc.integer({ min: -500, max: 20_000 }), bytes: fc.nat(2000) }),
  {
    maxLength: 100,
  },
);

describe('any link under any traffic', () => {
  const run = (options: LinkOptions, traffic: { after: number; bytes: number }[], seed: number) => {
    const link = new Link(options, { random: seededRandom(seed), start: micros(1e6) });
    let now = micros(1e6);
    let latest = now as number;
    const sent = traffic.map(({ after, bytes }, index) => {
      now = micros(Math.max(0, now + after));
      latest = Math.max(latest, now);
      const data = new Uint8Array(bytes).fill(index);
      return { now: latest as Micros, data, deliveries: link.transmit(data, now) };
    });
    return { sent, statistics: link.statistics };
  };

  it('delivers nothing before its delay has passed, on whole microseconds, and at most twice', () => {
    fc.assert(
      fc.property(anyLink, anyTraffic, fc.nat(), (options, traffic, seed) => {
        for (const { now, data, deliveries } of run(options, traffic, seed).sent) {
          expect(deliveries.length).toBeLessThanOrEqual(2);
          for (const delivery of deliveries) {
            expect(Number.isSafeInteger(delivery.at)).toBe(true);
            expect(delivery.at).toBeGreaterThanOrEqual(now + (options.delay ?? 0));
            expect(delivery.data.length).toBe(data.length);
            if (!options.corrupt) expect(delivery.data).toBe(data);
          }
        }
      }),
    );
  });

  it('keeps the order, unless it is told to reorder', () => {
    fc.assert(
      fc.property(anyLink, anyTraffic, fc.nat(), ({ reorder: _, ...options }, traffic, seed) => {
        const at = run(options, traffic, seed).sent.flatMap(({ deliveries }) =>
          deliveries.map((one) => one.at),
        );
        expect(at).toEqual([...at].sort((one, other) => one - other));
      }),
    );
  });

  it('counts every packet once: delivered or lost', () => {
    fc.assert(
      fc.property(anyLink, anyTraffic, fc.nat(), (options, traffic, seed) => {
        const { packets, delivered, duplicated, lost } = run(options, traffic, seed).statistics;
        expect(packets).toBe(traffic.length);
        expect(delivered - duplicated + lost.loss + lost.burst + lost.queue + lost.mtu).toBe(packets);
      }),
    );
  });

  it('does the same again for the same seed', () => {
    fc.assert(
      fc.property(anyLink, anyTraffic, fc.nat(), (options, traffic, seed) => {
        const again = () =>
          run(options, traffic, seed).sent.map(({ deliveries }) =>
            deliveries.map(({ at, data }) => `${at} ${data.join()}`).join(),
          );
        expect(again()).toEqual(again());
      }),
    );
  });
});
