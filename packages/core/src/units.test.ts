import { describe, expect, it } from 'vitest';
import { durationOf, micros, millis, seconds, ticksIn, toMillis } from './units.js';

describe('units', () => {
  it('convert between each other', () => {
    expect(seconds(1.5)).toBe(millis(1500));
    expect(toMillis(micros(2500))).toBe(2.5);
    expect(ticksIn(millis(100), 90_000)).toBe(9000);
    expect(durationOf(441, 44_100)).toBe(millis(10));
  });
});
