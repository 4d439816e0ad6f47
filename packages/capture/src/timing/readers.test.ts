import { VirtualClock } from '@hellohaybye/core/testing';
import { micros, millis, seconds } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockCutter } from './block-cutter.js';
import { collect } from './collect.fixture.js';
import { readFrames } from './read-frames.js';
import { readSamples } from './read-samples.js';

const clock = new VirtualClock();

/** The bytes in pieces, one a millisecond. */
async function* pieces(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (const [i, end] of edges.slice(1).entries()) {
    yield await Promise.resolve(bytes.slice(edges[i], end));
    clock.advance(millis(1));
  }
}

const cutting = fc.array(fc.nat(5000), { maxLength: 12 });

describe('readFrames', () => {
  it('finds the same frames however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 60 }),
        cutting,
        async (bytes, size, cuts) => {
          const frames = await collect(readFrames(pieces(bytes, cuts), size, clock));
          expect(frames).toHaveLength(Math.floor(bytes.length / size));
          frames.forEach(({ data }, i) => expect(data).toEqual(bytes.slice(i * size, (i + 1) * size)));
        },
      ),
    );
  });

  it('says when the first byte of each came', async () => {
    const start = clock.now();
    const frames = await collect(readFrames(pieces(new Uint8Array(12), [3, 6]), 5, clock));
    expect(frames.map(({ arrivedAt }) => arrivedAt - start)).toEqual([0, 1000]);
  });
});

describe('readSamples', () => {
  it('joins bytes to samples of all channels, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.int16Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 3 }),
        cutting,
        async (samples, channels, cuts) => {
          const bytes = new Uint8Array(Int16Array.from(samples).buffer);
          const blocks = await collect(readSamples(pieces(bytes, cuts), channels, clock));
          const whole = samples.length - (samples.length % channels);
          expect(blocks.flatMap((block) => [...block.samples])).toEqual([...samples.slice(0, whole)]);
          expect(blocks.every((block) => block.samples.length % channels === 0)).toBe(true);
        },
      ),
    );
  });
});

describe('BlockCutter', () => {
  it('cuts into blocks of one size, each with the instant of its first sample', () => {
    const start = seconds(1_700_000_000);
    const blocks: { from: number; at: number }[] = [];
    const shape = { sampleRate: 1000, channels: 2, chunkSamples: 100 };
    const cutter = new BlockCutter(shape, ({ samples, capturedAt }) => {
      expect(samples).toHaveLength(200);
      blocks.push({ from: samples[0] as number, at: capturedAt - start });
    });
    for (let n = 0; n < 5; n++) {
      const samples = Int16Array.from({ length: 140 }, (_, i) => n * 140 + i);
      cutter.push({ samples, capturedAt: micros(start + n * 70_000) });
    }
    expect(blocks).toEqual([0, 1, 2].map((n) => ({ from: n * 200, at: n * 100_000 })));
  });
});
