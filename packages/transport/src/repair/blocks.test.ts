import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_BLOCK_PACKETS, partition } from './blocks.js';

describe('blocks', () => {
  it('are as few as possible, sizes differ by one, the larger ones first (RFC 5052, section 9.1)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (packets) => {
        const blocks = partition(packets);
        expect(blocks.length).toBe(Math.ceil(packets / MAX_BLOCK_PACKETS));
        // The algorithm of the RFC: I = T - A_small * N blocks of A_large, the rest of A_small.
        const large = Math.ceil(packets / blocks.length);
        const small = Math.floor(packets / blocks.length);
        const larger = packets - small * blocks.length;
        expect(blocks.map(({ count }) => count)).toEqual(
          blocks.map((_, index) => (index < larger ? large : small)),
        );
        let next = 0;
        for (const { start, count } of blocks) {
          expect(start).toBe(next);
          next += count;
        }
        expect(next).toBe(packets);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [1, [1]],
    [127, [127]],
    [128, [64, 64]],
    [255, [85, 85, 85]],
    [383, [96, 96, 96, 95]],
  ])('of %i packets: %j', (packets, counts) => {
    expect(partition(packets).map(({ count }) => count)).toEqual(counts);
  });

  it('leave enough repair symbols for a block that is lost as a whole', () => {
    for (let packets = 1; packets < 1000; packets += 1)
      for (const { count } of partition(packets)) expect(255 - count).toBeGreaterThanOrEqual(count);
  });
});
