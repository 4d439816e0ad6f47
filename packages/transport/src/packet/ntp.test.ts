import { micros, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { compactNtp, compactSpan, microsFromCompactSpan, microsFromNtp, ntpFromMicros } from './ntp.js';

describe('NTP timestamps', () => {
  it('count from 1900', () => {
    expect(ntpFromMicros(micros(0))).toEqual({ seconds: 2_208_988_800, fraction: 0 });
    expect(ntpFromMicros(micros(500_000))).toEqual({ seconds: 2_208_988_800, fraction: 0x80000000 });
  });

  it('come back to the microsecond, also after the wrap of 2036', () => {
    for (const instant of [1_700_000_000_123_456, 2_085_978_495_999_999, 2_085_978_496_000_000, 3e15 + 1]) {
      expect(microsFromNtp(ntpFromMicros(micros(instant)))).toBe(instant);
    }
  });

  it('have a compact form of 16 bits each', () => {
    // The example of RFC 3550, figure 2: 0xb44db705 20000000 is 0xb7052000.
    expect(compactNtp({ seconds: 0xb44db705, fraction: 0x20000000 })).toBe(0xb7052000);
    expect(compactSpan(micros(5_250_000))).toBe(0x00054000);
    expect(microsFromCompactSpan(0x00054000)).toBe(5_250_000);
    expect(compactSpan(seconds(-1))).toBe(0);
  });
});
