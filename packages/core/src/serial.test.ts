import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unwrapper, unwrapNear, wrap } from './serial.js';

describe('unwrapNear', () => {
  it.each([
    // wrapped, reference, bits, expected: operands on both sides of the wrap
    [0, 65535, 16, 65536],
    [65535, 65536, 16, 65535],
    [65535, 0, 16, -1],
    [5, 65530, 16, 65541],
    [65530, 65541, 16, 65530],
    [32768, 0, 16, 32768],
    [32769, 0, 16, -32767],
    [0, 2 ** 32 - 1, 32, 2 ** 32],
    [2 ** 32 - 1, 2 ** 33, 32, 2 ** 33 - 1],
    [2 ** 31, 0, 32, 2 ** 31],
    [2 ** 31 + 1, 0, 32, 1 - 2 ** 31],
    [1, 0, 1, 1],
    [0, 1, 1, 2],
    [3, 2 ** 52, 16, 2 ** 52 + 3],
    [65535, -(2 ** 52), 16, -(2 ** 52) - 1],
  ])('%i near %i in %i bits is %i', (wrapped, reference, bits, expected) => {
    expect(unwrapNear(wrapped, reference, bits)).toBe(expected);
  });

  it('finds any value again that is less than half the circle away', () => {
    const reference = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    const distance = fc.integer({ min: -32767, max: 32768 });
    fc.assert(
      fc.property(reference, distance, (near, by) => {
        expect(unwrapNear(wrap(near + by, 16), near, 16)).toBe(near + by);
      }),
    );
  });
});

describe('wrap and unwrapNear', () => {
  it('agree with their definitions for every width, whatever the size of the numbers', () => {
    const whole = fc.integer({ min: -(2 ** 50), max: 2 ** 50 });
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: 1, max: 32 }), (value, near, bits) => {
        const size = 2 ** bits;
        const wrapped = wrap(value, bits);
        expect(wrapped).toBe(((value % size) + size) % size);
        const unwrapped = unwrapNear(wrapped, near, bits);
        expect(wrap(unwrapped, bits)).toBe(wrapped);
        expect(unwrapped - near).toBeGreaterThan(-size / 2);
        expect(unwrapped - near).toBeLessThanOrEqual(size / 2);
      }),
    );
  });
});

describe('Unwrapper', () => {
  it('follows a stream across many wraps, in and out of order', () => {
    const unwrapper = new Unwrapper(16);
    for (let value = 65000; value < 65000 + 5 * 65536; value += 97) {
      expect(unwrapper.unwrap(wrap(value, 16))).toBe(value);
      expect(unwrapper.unwrap(wrap(value - 500, 16))).toBe(value - 500);
    }
  });

  it('is not led astray by a peek', () => {
    const unwrapper = new Unwrapper(16);
    unwrapper.unwrap(65535);
    expect(unwrapper.peek(30000)).toBe(65536 + 30000);
    expect(unwrapper.unwrap(65534)).toBe(65534);
  });
});
