import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { RoundTrip } from './round-trip.js';

describe('the round trip', () => {
  it('is the first sample at first, and waits for four times its variation (RFC 6298, 2.2)', () => {
    const roundTrip = new RoundTrip();
    expect([roundTrip.smoothed, roundTrip.shortest, roundTrip.timeout]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    roundTrip.update(millis(10), seconds(1));
    expect(roundTrip.smoothed).toBe(10_000);
    // SRTT + max(G, 4 * RTTVAR), RTTVAR = R / 2 there; here R / 4.
    expect(roundTrip.timeout).toBe(20_000);
  });

  it('is smoothed by an eighth, its variation by a quarter (2.3)', () => {
    const roundTrip = new RoundTrip();
    roundTrip.update(millis(10), seconds(1));
    roundTrip.update(millis(14), seconds(1));
    expect(roundTrip.smoothed).toBe(10_500);
    // Variation: 2500 + (4000 - 2500) / 4.
    expect(roundTrip.timeout).toBe(10_500 + 4 * 2875);
  });

  it('settles on what does not vary, and leaves time for answering', () => {
    const roundTrip = new RoundTrip();
    for (let sample = 0; sample < 100; sample += 1) roundTrip.update(millis(2), micros(sample * 10_000));
    expect(roundTrip.smoothed).toBe(2000);
    expect(roundTrip.timeout).toBe(2500);
    expect(roundTrip.shortest).toBe(2000);
  });

  it('is little moved by a stall, and knows the shortest of the last seconds', () => {
    const roundTrip = new RoundTrip();
    for (let sample = 0; sample < 50; sample += 1) roundTrip.update(millis(2), micros(sample * 10_000));
    roundTrip.update(millis(100), millis(510));
    expect(roundTrip.smoothed).toBeLessThan(4000);
    expect(roundTrip.shortest).toBe(2000);
    // The path is another one now: after some seconds the old one is forgotten.
    for (let sample = 0; sample < 1000; sample += 1)
      roundTrip.update(millis(20), micros(600_000 + sample * 10_000));
    expect(roundTrip.shortest).toBe(20_000);
    expect(roundTrip.smoothed).toBeGreaterThan(19_000);
  });

  it('does not believe what is no round trip on a LAN', () => {
    const roundTrip = new RoundTrip();
    for (const sample of [-1, NaN, Infinity, 11_000_000]) roundTrip.update(sample as never, seconds(1));
    expect(roundTrip.smoothed).toBeUndefined();
    roundTrip.update(millis(0), seconds(1));
    expect(roundTrip.smoothed).toBe(0);
    expect(roundTrip.timeout).toBeGreaterThan(0);
  });
});
