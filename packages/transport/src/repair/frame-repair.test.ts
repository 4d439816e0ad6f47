import { micros, wrap } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtp, serializeRtp } from '../packet/rtp.js';
import { FrameRepair } from './frame-repair.js';
import { KeptFrame } from './sent-frames.js';

const timestamp = 0xfffffff0;

/** A frame as its sender keeps it, of packets of several lengths. */
function kept(count: number, first = 65_500): KeptFrame {
  const packets = Array.from({ length: count }, (_, index) =>
    serializeRtp({
      payloadType: 26,
      sequenceNumber: wrap(first + index, 16),
      timestamp,
      ssrc: 7,
      marker: index === count - 1,
      payload: new Uint8Array(20 + ((index * 37) % 100)).fill(index),
    }),
  );
  return new KeptFrame({ packets, sequenceNumber: first, timestamp }, micros(0));
}

const frameRepair = () => new FrameRepair(timestamp, micros(0), micros(33_000));

/** Gives a receiver those source packets of a frame that are not lost. */
function feed(frame: FrameRepair, { frame: sent }: KeptFrame, isLost: (index: number) => boolean): void {
  for (const [index, packet] of sent.packets.entries()) {
    if (!isLost(index))
      frame.source(sent.sequenceNumber + index, packet, index === 0, index === sent.packets.length - 1);
  }
}

describe('what is there of a frame', () => {
  it('gives back the rest byte for byte once as many symbols are there as packets are missing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 65_535 }),
        fc.func(fc.integer({ min: 0, max: 99 })),
        fc.integer({ min: 0, max: 50 }),
        (count, first, chance, lossPercent) => {
          const sent = kept(count, first);
          const frame = frameRepair();
          const isLost = (index: number) => chance(index) < lossPercent;
          feed(frame, sent, isLost);
          const restored: Uint8Array[] = [];
          for (const [block, { start, count: size }] of sent.blocks.entries()) {
            const lost = Array.from({ length: size }, (_, index) => start + index).filter(isLost);
            // Any symbols do: the last ones first. A block has 255 less its source symbols.
            const spare = Math.min(3, 255 - size - lost.length);
            const symbols = sent
              .symbols(block, 0, lost.length + spare)
              .map((symbol, index) => ({ symbol, index }));
            for (const [given, { symbol, index }] of symbols.slice(spare).reverse().entries()) {
              expect(frame.symbol(first + start, size, index, symbol, true)).toBe(true);
              const result = frame.restore(first + start, 7);
              expect(result === undefined).toBe(given + 1 < lost.length);
              restored.push(...(result?.packets ?? []));
            }
          }
          const expected = sent.frame.packets.filter((_, index) => isLost(index));
          expect(restored).toEqual(expected);
        },
      ),
      { numRuns: 60, examples: [[253, 0, () => 0, 50]] },
    );
  });

  it('counts what came unasked', () => {
    const sent = kept(10);
    const frame = frameRepair();
    feed(frame, sent, (index) => index < 3);
    for (const [index, symbol] of sent.symbols(0, 0, 3).entries())
      frame.symbol(65_500, 10, index, symbol, index === 0);
    expect(frame.restore(65_500, 7)).toMatchObject({ packets: { length: 3 }, unasked: 2 });
    // That block is done with.
    expect(frame.symbol(65_500, 10, 9, sent.symbols(0, 9, 1)[0]!, true)).toBe(false);
    expect(frame.restore(65_500, 7)).toBeUndefined();
  });

  it('knows what arrived later all the same, and restores nothing twice', () => {
    const sent = kept(10);
    const frame = frameRepair();
    feed(frame, sent, (index) => index === 4);
    feed(frame, sent, (index) => index !== 4);
    frame.symbol(65_500, 10, 0, sent.symbols(0, 0, 1)[0]!, true);
    expect(frame.restore(65_500, 7)).toEqual({ packets: [], unasked: 0 });
  });

  it('does not believe who contradicts the first one, nor a symbol twice', () => {
    const sent = kept(10);
    const [symbol] = sent.symbols(0, 0, 1);
    const frame = frameRepair();
    expect(frame.symbol(65_500, 10, 0, symbol!, true)).toBe(true);
    expect(frame.symbol(65_500, 10, 0, symbol!, true)).toBe(false);
    expect(frame.symbol(65_500, 11, 1, symbol!, true)).toBe(false);
    expect(frame.symbol(65_500, 10, 1, symbol!.subarray(1), true)).toBe(false);
    expect(frame.symbol(65_500, 10, 1, symbol!, true)).toBe(true);
  });

  it('keeps no more symbols than packets, and no more than 128 blocks', () => {
    const frame = frameRepair();
    const symbol = new Uint8Array(20);
    for (let index = 0; index < 10; index += 1)
      expect(frame.symbol(0, 5, index, symbol, true)).toBe(index < 5);
    for (let block = 1; block < 200; block += 1)
      expect(frame.symbol(block * 10, 5, 0, symbol, true)).toBe(block < 128);
  });

  it('restores nothing from symbols shorter than its packets, and drops what is no packet', () => {
    const sent = kept(10);
    const frame = frameRepair();
    feed(frame, sent, (index) => index === 0);
    frame.symbol(65_500, 10, 0, new Uint8Array(8), true);
    expect(frame.restore(65_500, 7)).toBeUndefined();
    const forged = frameRepair();
    feed(forged, sent, (index) => index === 0);
    forged.symbol(65_500, 10, 0, new Uint8Array(sent.longestSymbol).fill(0xff), true);
    for (const packet of forged.restore(65_500, 7)?.packets ?? []) parseRtp(packet);
  });
});

describe('what a request tells of a frame', () => {
  it('is which packets are there from the first one on', () => {
    const frame = frameRepair();
    expect(frame.missing(100)).toMatchObject({ headMissing: true, tailMissing: true, received: [] });
    feed(frame, kept(10), (index) => index === 0 || index === 5 || index === 9);
    expect(frame.missing(100)).toEqual({
      first: 65_501,
      headMissing: true,
      tailMissing: true,
      received: [true, true, true, true, false, true, true, true],
    });
    const whole = frameRepair();
    feed(whole, kept(4), (index) => index === 1);
    expect(whole.missing(100)).toEqual({
      first: 65_500,
      headMissing: false,
      tailMissing: false,
      received: [true, false, true, true],
    });
  });

  it('is told in pieces when it does not fit, the first one first', () => {
    const frame = frameRepair();
    feed(frame, kept(30), (index) => index === 12 || index === 25 || index === 29);
    expect(frame.missing(10)).toMatchObject({ first: 65_512, headMissing: false, tailMissing: false });
    expect(frame.missing(10).received.length).toBe(10);
    frame.source(65_512, new Uint8Array(20), false, false);
    expect(frame.missing(10)).toMatchObject({
      first: 65_525,
      tailMissing: true,
      received: [false, true, true, true],
    });
  });

  it('is also how many symbols of each block there are', () => {
    const frame = frameRepair();
    frame.symbol(65_536 + 5, 10, 3, new Uint8Array(8), true);
    frame.symbol(65_536 + 5, 10, 7, new Uint8Array(8), true);
    frame.symbol(65_536 + 15, 10, 1, new Uint8Array(8), true);
    expect(frame.blocks).toEqual([
      { firstSequenceNumber: 5, received: 2, highest: 7 },
      { firstSequenceNumber: 15, received: 1, highest: 1 },
    ]);
    expect(frame.lowestBlock).toBe(65_541);
  });
});
