import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDamage, damaged } from '../testing/arbitrary.js';
import { message } from '../testing/pair.js';
import { fragment, Reassembler } from './fragment.js';

describe('a Reassembler, whatever comes', () => {
  it('gives out whole messages alone, each once, and keeps to its bounds', () => {
    const step = fc.record({
      number: fc.nat(70),
      which: fc.nat(10),
      damage: fc.option(anyDamage, { nil: undefined, freq: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const reassembler = new Reassembler();
        const sent = Array.from({ length: 71 }, (_, number) => message(number, 300 + number));
        const datagrams = sent.map((one, number) =>
          fragment(one, { mtu: 120, ssrc: 9, sequenceNumber: 4 * number, timestamp: number * 1000 }),
        );
        let intact = true;
        const given = new Set<number>();
        for (const { number, which, damage } of steps) {
          const datagram = datagrams[number]![which % datagrams[number]!.length]!;
          if (damage && damage.length > 0) intact = false;
          const joined = reassembler.push(damage ? damaged(datagram, damage) : datagram);
          expect(reassembler.pending).toBeLessThanOrEqual(64);
          if (!joined || !intact) continue;
          const index = joined.length - 300;
          expect(joined).toEqual(sent[index]);
          expect(given.has(index)).toBe(false);
          given.add(index);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('sets no memory aside for messages whose length is a lie', () => {
    const reassembler = new Reassembler();
    const [head] = fragment(new Uint8Array(20), { mtu: 1200 });
    // Each says that it begins a message of 16 MiB.
    head!.set([1, 0, 0, 0], 16);
    for (let number = 0; number < 10_000; number += 1) {
      head!.set([number >> 8, number & 255], 6);
      expect(reassembler.push(Uint8Array.from(head!))).toBeUndefined();
    }
    expect(reassembler.pending).toBe(64);
    expect(reassembler.drops).toEqual({ 'too-much-pending': 10_000 - 64 });
  });
});
