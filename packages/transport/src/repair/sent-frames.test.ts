import { micros, millis, seconds, wrap } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SentFrames } from './sent-frames.js';

/** A frame of packets of which each tells its sequence number. */
const frameAt = (sequenceNumber: number, count: number, length = 100) => ({
  packets: Array.from({ length: count }, (_, index) =>
    new Uint8Array(length + index).fill((sequenceNumber + index) & 255),
  ),
  sequenceNumber,
  timestamp: sequenceNumber * 10,
});

describe('sent frames', () => {
  it('are found by any of their 16-bit sequence numbers, across wraps and gaps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200_000 }),
        fc.array(fc.record({ count: fc.integer({ min: 1, max: 20 }), gap: fc.nat(3) }), {
          minLength: 1,
          maxLength: 30,
          size: 'max',
        }),
        (start, sizes) => {
          const frames = new SentFrames();
          const all: ReturnType<typeof frameAt>[] = [];
          let next = start;
          for (const { count, gap } of sizes) {
            all.push(frameAt(next, count));
            frames.add(all.at(-1)!, micros(0));
            next += count + gap;
          }
          for (const [index, frame] of all.entries()) {
            for (const [at, packet] of frame.packets.entries()) {
              const wrapped = wrap(frame.sequenceNumber + at, 16);
              expect(frames.find(wrapped)!.frame).toBe(frame);
              expect(frames.packet(wrapped)).toBe(packet);
            }
            // One some frames ahead, and none beyond the last.
            const first = wrap(frame.sequenceNumber, 16);
            expect(frames.find(first, 1)?.frame).toBe(all[index + 1]);
          }
          expect(frames.find(wrap(next + 5, 16))).toBeUndefined();
          expect(frames.find(wrap(start - 1, 16))).toBeUndefined();
          expect(frames.packet(wrap(start - 1, 16))).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are kept once for all listeners', () => {
    const frames = new SentFrames();
    const frame = frameAt(5, 3);
    expect(frames.add(frame, micros(0))).toBe(frames.add(frame, micros(0)));
  });

  it('are kept for a second, or as long as a listener needs', () => {
    const frames = new SentFrames();
    frames.add(frameAt(0, 2), micros(0));
    frames.add(frameAt(2, 2), seconds(1));
    expect(frames.find(0)).toBeDefined();
    frames.add(frameAt(4, 2), micros(1_000_001));
    expect(frames.find(0)).toBeUndefined();
    expect(frames.find(2)).toBeDefined();
    frames.keep = seconds(2);
    frames.add(frameAt(6, 2), seconds(2.9));
    expect(frames.find(2)).toBeDefined();
  });

  it('take no more than 32 MiB and the newest one', () => {
    const frames = new SentFrames();
    const megabytes = (number: number, size: number) => ({
      packets: [new Uint8Array(size * 1024 * 1024)],
      sequenceNumber: number,
      timestamp: number,
    });
    for (let number = 0; number < 10; number += 1) frames.add(megabytes(number, 8), millis(number));
    const kept = Array.from({ length: 10 }, (_, number) => frames.find(number)).filter(Boolean);
    expect(kept.length).toBe(4);
    // One that is larger than all that: kept, alone.
    frames.add(megabytes(10, 40), millis(10));
    expect(frames.find(9)).toBeUndefined();
    expect(frames.find(10)).toBeDefined();
  });

  it('make repair symbols when they are wanted, the same ones for everybody', () => {
    const kept = new SentFrames().add(frameAt(0, 200), micros(0));
    expect(kept.blocks.map(({ count }) => count)).toEqual([100, 100]);
    const some = kept.symbols(0, 0, 3);
    const more = kept.symbols(0, 1, 4);
    expect(more[0]).toBe(some[1]);
    expect(more.length).toBe(4);
    // As long as the block's longest packet needs.
    expect(some[0]!.length).toBe(100 + 99 - 12 + 4);
    expect(kept.symbols(1, 0, 1)[0]!.length).toBe(100 + 199 - 12 + 4);
    expect(kept.longestSymbol).toBe(100 + 199 - 12 + 4);
  });
});
