import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyGain,
  fromBigEndian,
  fromLittleEndian,
  measureLevel,
  mix,
  remixChannels,
  toBigEndian,
  toLittleEndian,
} from '../index.js';

const anySamples = fc.int16Array({ maxLength: 300 });

describe('bytes', () => {
  const samples = Int16Array.of(0, 1, -1, 32_767, -32_768, 0x1234);

  it('puts the high byte first, or the low one', () => {
    expect(Buffer.from(toBigEndian(samples)).toString('hex')).toBe('00000001ffff7fff80001234');
    expect(Buffer.from(toLittleEndian(samples)).toString('hex')).toBe('00000100ffffff7f00803412');
  });

  it('comes back from both, at any alignment', () => {
    fc.assert(
      fc.property(anySamples, fc.integer({ min: 0, max: 3 }), (some, offset) => {
        for (const [to, from] of [
          [toBigEndian, fromBigEndian],
          [toLittleEndian, fromLittleEndian],
        ] as const) {
          const bytes = new Uint8Array(offset + some.length * 2);
          bytes.set(to(some), offset);
          expect(from(bytes.subarray(offset))).toEqual(some);
        }
      }),
    );
  });

  it('leaves out half a sample', () => {
    expect(fromBigEndian(Uint8Array.of(1, 2, 3))).toEqual(Int16Array.of(0x102));
    expect(fromLittleEndian(Uint8Array.of(1, 2, 3))).toEqual(Int16Array.of(0x201));
  });
});

describe('applyGain', () => {
  it('multiplies, rounds and clips', () => {
    expect(applyGain(Int16Array.of(100, -100, 3, 30_000, -30_000), 1.5)).toEqual(
      Int16Array.of(150, -150, 5, 32_767, -32_768),
    );
    expect(applyGain(Int16Array.of(5, -5), 0).every((sample) => sample === 0)).toBe(true);
  });
});

describe('mix', () => {
  const small = fc.int16Array({ min: -8000, max: 8000, minLength: 50, maxLength: 50 });

  it('adds exactly where the sum stays below the knee', () => {
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        expect(mix([a, b, c], 50)).toEqual(a.map((sample, i) => sample + (b[i] ?? 0) + (c[i] ?? 0)));
      }),
    );
  });

  it('never wraps, keeps signs and order, however many are loud', () => {
    fc.assert(
      fc.property(fc.array(anySamples, { maxLength: 12 }), (blocks) => {
        const mixed = mix(blocks, 300);
        for (let i = 0; i < 300; i++) {
          const sum = blocks.reduce((total, block) => total + (block[i] ?? 0), 0);
          const sample = mixed[i] as number;
          expect(Math.abs(sample)).toBeLessThanOrEqual(Math.min(32_767, Math.abs(sum)));
          expect(Math.sign(sample)).toBe(Math.sign(sum));
        }
      }),
    );
    const ramp = Int16Array.from({ length: 2000 }, (_, i) => i * 16);
    const doubled = mix([ramp, ramp], 2000);
    expect(doubled.every((sample, i) => i === 0 || sample >= (doubled[i - 1] as number))).toBe(true);
  });

  it('has no corner at the knee', () => {
    const around = mix([Int16Array.of(24_575, 24_576, 24_577, 24_600)], 4);
    expect(around).toEqual(Int16Array.of(24_575, 24_576, 24_577, 24_600));
  });

  it('takes short blocks as followed by silence, and nothing as silence', () => {
    expect(mix([Int16Array.of(1, 2, 3), Int16Array.of(10)], 2)).toEqual(Int16Array.of(11, 2));
    expect(mix([], 3)).toEqual(new Int16Array(3));
  });
});

describe('remixChannels', () => {
  it('copies one into all, averages all into one, and keeps places otherwise', () => {
    expect(remixChannels(Int16Array.of(1, 2), 1, 2)).toEqual(Int16Array.of(1, 1, 2, 2));
    expect(remixChannels(Int16Array.of(10, 20, -5, -7), 2, 1)).toEqual(Int16Array.of(15, -6));
    expect(remixChannels(Int16Array.of(1, 2, 3), 3, 2)).toEqual(Int16Array.of(1, 2));
    expect(remixChannels(Int16Array.of(1, 2), 2, 3)).toEqual(Int16Array.of(1, 2, 0));
    expect(() => remixChannels(Int16Array.of(1), 2, 1)).toThrow(/channels/);
  });
});

describe('measureLevel', () => {
  it('knows a full sine, a full square, half of it, and silence', () => {
    const sine = Int16Array.from({ length: 44_100 }, (_, i) => 32_767 * Math.sin((2 * Math.PI * i) / 100));
    expect(measureLevel(sine).rms).toBeCloseTo(-3.01, 2);
    expect(measureLevel(sine).peak).toBeCloseTo(0, 2);
    expect(measureLevel(Int16Array.of(-32_768, -32_768))).toEqual({ rms: 0, peak: 0 });
    expect(measureLevel(Int16Array.of(16_384, -16_384)).rms).toBeCloseTo(-6.02, 2);
    expect(measureLevel(new Int16Array(10))).toEqual({ rms: -Infinity, peak: -Infinity });
    expect(measureLevel(new Int16Array())).toEqual({ rms: -Infinity, peak: -Infinity });
  });
});
