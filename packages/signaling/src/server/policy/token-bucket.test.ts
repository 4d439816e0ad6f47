import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros, millis, seconds } from '@hellohaybye/core';
import { TokenBucket } from './token-bucket.js';

const taken = (bucket: TokenBucket, times: number, now = micros(0)) =>
  Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;

describe('a token bucket', () => {
  it('lets a burst pass and no more', () =>
    expect(taken(new TokenBucket({ perSecond: 10, burst: 5 }, micros(0)), 8)).toBe(5));

  it('fills at its rate, and no further than the burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, micros(0));
    taken(bucket, 5);
    expect(bucket.take(millis(99))).toBe(false);
    expect(bucket.take(millis(100))).toBe(true);
    expect(taken(bucket, 8, seconds(60))).toBe(5);
  });

  it('never lets more pass in a span than the burst and the rate allow, wherever the span begins', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (gaps, rate, burst) => {
          const bucket = new TokenBucket({ perSecond: rate, burst }, micros(0));
          let now = 0;
          const passed: number[] = [];
          for (const gap of gaps) if (bucket.take(micros((now += gap)))) passed.push(now);
          for (const [first, from] of passed.entries()) {
            for (const [offset, until] of passed.slice(first).entries()) {
              expect(offset + 1).toBeLessThanOrEqual(burst + ((until - from) * rate) / 1e6 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives nothing for a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 1 }, seconds(10));
    expect(bucket.take(seconds(10))).toBe(true);
    expect(bucket.take(seconds(1))).toBe(false);
    expect(bucket.take(seconds(10))).toBe(false);
  });
});
