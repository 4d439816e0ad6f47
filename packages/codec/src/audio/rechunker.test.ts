import { micros, seconds } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rechunker } from './rechunker.js';

const start = seconds(1_700_000_000);

describe('Rechunker', () => {
  it('cuts 1024 into 441 and each chunk knows its own instant', () => {
    const rechunker = new Rechunker({ chunkSamples: 441, sampleRate: 44_100 });
    const first = rechunker.push({ samples: new Int16Array(1024).fill(1), capturedAt: start });
    expect(first.map((chunk) => chunk.capturedAt - start)).toEqual([0, 10_000]);
    const then = rechunker.push({
      samples: new Int16Array(1024).fill(2),
      capturedAt: micros(start + 23_220),
    });
    // The third begins with the 142 samples left of the first block, and so at its time.
    expect(then.map((chunk) => chunk.capturedAt - start)).toEqual([20_000, 30_000]);
    expect(then[0]?.samples.slice(141, 143)).toEqual(Int16Array.of(1, 2));
  });

  it('follows the times of the blocks, not a count of its own', () => {
    const rechunker = new Rechunker({ chunkSamples: 100, sampleRate: 10_000, channels: 2 });
    rechunker.push({ samples: new Int16Array(200), capturedAt: start });
    const [chunk] = rechunker.push({ samples: new Int16Array(200), capturedAt: micros(start + 12_345) });
    expect(chunk?.capturedAt).toBe(start + 12_345);
  });

  it('loses, repeats and reorders nothing, however the input is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 3 }),
        (sizes, chunkSamples, channels) => {
          const rechunker = new Rechunker({ chunkSamples, sampleRate: 48_000, channels });
          let sent = 0;
          const chunks = sizes.flatMap((size) => {
            const capturedAt = micros(start + ((sent / channels) * 1e6) / 48_000);
            const samples = Int16Array.from({ length: size * channels }, () => sent++ & 0x7fff);
            return rechunker.push({ samples, capturedAt });
          });
          expect(chunks).toHaveLength(Math.floor(sent / channels / chunkSamples));
          chunks.forEach((chunk, n) => {
            expect(chunk.samples).toHaveLength(chunkSamples * channels);
            expect(chunk.samples[0]).toBe((n * chunkSamples * channels) & 0x7fff);
            const exact = start + (n * chunkSamples * 1e6) / 48_000;
            expect(Math.abs(chunk.capturedAt - exact)).toBeLessThanOrEqual(1.5);
          });
        },
      ),
    );
  });

  it('forgets the rest on reset and refuses what makes no sense', () => {
    const rechunker = new Rechunker({ chunkSamples: 4, sampleRate: 8000 });
    rechunker.push({ samples: Int16Array.of(9, 9), capturedAt: start });
    rechunker.reset();
    const [chunk] = rechunker.push({ samples: Int16Array.of(1, 2, 3, 4), capturedAt: start });
    expect(chunk?.samples).toEqual(Int16Array.of(1, 2, 3, 4));
    expect(() => new Rechunker({ chunkSamples: 0, sampleRate: 8000 })).toThrow(/chunkSamples/);
  });
});
