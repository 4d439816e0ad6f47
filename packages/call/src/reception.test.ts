import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { Reception } from './reception.js';

const start = seconds(1000);

describe('Reception', () => {
  it('counts frames, bytes, rate and latency', () => {
    const reception = new Reception();
    for (let index = 0; index <= 60; index++) {
      const captured = micros(start + index * 33_333);
      reception.add(micros(captured + 4_000 + index * 100), 1000, captured);
    }
    expect(reception.frames).toBe(61);
    expect(reception.bytes).toBe(61_000);
    expect(reception.fps).toBeCloseTo(30, 0);
    expect(reception.latencyMs).toEqual({ p50: 7, p99: 10 });
  });

  it('forgets what is older than a second in its rate', () => {
    const reception = new Reception();
    for (let index = 0; index < 30; index++) reception.add(micros(start + index * 33_333), 500);
    expect(reception.rate(micros(start + 999_000))).toMatchObject({ perSecond: 30, bitsPerSecond: 120_000 });
    expect(reception.rate(micros(start + millis(1500))).perSecond).toBe(14);
    expect(reception.rate(micros(start + seconds(5)))).toEqual({
      perSecond: 0,
      bitsPerSecond: 0,
      latencyMs: { p50: null, p99: null },
    });
  });

  it('knows no latency before the sender has told its clock', () => {
    const reception = new Reception();
    reception.add(start, 10);
    expect(reception.latencyMs).toEqual({ p50: null, p99: null });
    expect(reception.fps).toBe(0);
  });
});
