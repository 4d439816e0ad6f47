import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.js';

const sine = (frequency: number, rate: number, length: number, amplitude = 20_000): Int16Array =>
  Int16Array.from({ length }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / rate)),
  );

/** Amplitude of one frequency, and the rms of all that is left when it is taken away. */
function fit(samples: Int16Array, frequency: number, rate: number): { amplitude: number; residue: number } {
  // Whole periods make sine and cosine orthogonal.
  const length = Math.floor((Math.floor((samples.length * frequency) / rate) * rate) / frequency);
  let a = 0;
  let b = 0;
  for (let i = 0; i < length; i++) {
    const angle = (2 * Math.PI * frequency * i) / rate;
    a += ((samples[i] as number) * Math.sin(angle) * 2) / length;
    b += ((samples[i] as number) * Math.cos(angle) * 2) / length;
  }
  let squares = 0;
  for (let i = 0; i < length; i++) {
    const angle = (2 * Math.PI * frequency * i) / rate;
    squares += ((samples[i] as number) - a * Math.sin(angle) - b * Math.cos(angle)) ** 2;
  }
  return { amplitude: Math.hypot(a, b), residue: Math.sqrt(squares / length) };
}

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const middle = (samples: Int16Array): Int16Array => samples.subarray(2000, -2000);

describe('Resampler', () => {
  it.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [16_000, 44_100],
    [48_000, 16_000],
    [44_100, 44_107],
  ])('keeps a 1 kHz tone from %i to %i Hz as it is, the rest 75 dB below', (from, to) => {
    const output = middle(new Resampler({ from, to }).process(sine(1000, from, from)));
    const { amplitude, residue } = fit(output, 1000, to);
    expect(amplitude).toBeCloseTo(20_000, -1);
    expect(20 * Math.log10(amplitude / Math.SQRT2 / residue)).toBeGreaterThan(75);
  });

  it.each([100, 5000, 10_000, 15_000, 19_800])('passes %i Hz within 0.1 dB', (frequency) => {
    const output = middle(
      new Resampler({ from: 48_000, to: 44_100 }).process(sine(frequency, 48_000, 96_000)),
    );
    expect(Math.abs(20 * Math.log10(fit(output, frequency, 44_100).amplitude / 20_000))).toBeLessThan(0.1);
  });

  it.each([22_100, 22_500, 23_900])('stops %i Hz, which 44.1 kHz can not hold, by 80 dB', (frequency) => {
    const output = middle(
      new Resampler({ from: 48_000, to: 44_100 }).process(sine(frequency, 48_000, 96_000, 32_000)),
    );
    // What can be left in 16 bits is rounding: 0.3 of a step.
    expect(20 * Math.log10(Math.max(rms(output), 0.3) / (32_000 / Math.SQRT2))).toBeLessThan(-80);
  });

  it('makes no image of a tone above the old half rate', () => {
    const output = middle(new Resampler({ from: 16_000, to: 48_000 }).process(sine(7000, 16_000, 32_000)));
    expect(fit(output, 9000, 48_000).amplitude).toBeLessThan(2);
  });

  it('gives the same however the input is cut', () => {
    const input = sine(440, 44_100, 9000);
    const whole = new Resampler({ from: 44_100, to: 48_000 }).process(input);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 8 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), input.length];
        const resampler = new Resampler({ from: 44_100, to: 48_000 });
        const parts = edges
          .slice(1)
          .flatMap((end, i) => Array.from(resampler.process(input.subarray(edges[i], end))));
        expect(Int16Array.from(parts)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('does not drift: a minute comes out to the sample', () => {
    const resampler = new Resampler({ from: 44_100, to: 48_000 });
    const block = new Int16Array(44_100);
    let count = 0;
    for (let second = 0; second < 60; second++) count += resampler.process(block).length;
    count += resampler.flush().length;
    expect(count).toBe(60 * 48_000);
    let odd = 0;
    const interpolated = new Resampler({ from: 44_100, to: 44_107 });
    for (let second = 0; second < 10; second++) odd += interpolated.process(block).length;
    expect(odd + interpolated.flush().length).toBe(10 * 44_107);
  });

  it('puts output sample n at the instant n / to: an impulse stays where it is', () => {
    const input = new Int16Array(4000);
    input[1470] = 30_000;
    const resampler = new Resampler({ from: 44_100, to: 48_000 });
    const output = [...resampler.process(input), ...resampler.flush()];
    expect(output.indexOf(Math.max(...output))).toBe(1600);
  });

  it('keeps channels apart', () => {
    const left = sine(1000, 48_000, 4800);
    const stereo = Int16Array.from({ length: 9600 }, (_, i) => (i % 2 === 0 ? (left[i / 2] as number) : 0));
    const output = new Resampler({ from: 48_000, to: 44_100, channels: 2 }).process(stereo);
    const mono = new Resampler({ from: 48_000, to: 44_100 }).process(left);
    expect(output.filter((_, i) => i % 2 === 0)).toEqual(mono);
    expect(output.filter((_, i) => i % 2 === 1).every((sample) => sample === 0)).toBe(true);
  });

  it('hands on the same rate untouched, and starts anew after a flush', () => {
    const input = sine(440, 44_100, 1000);
    expect(new Resampler({ from: 8000, to: 8000 }).process(input)).toEqual(input);
    const resampler = new Resampler({ from: 44_100, to: 48_000 });
    const first = [...resampler.process(input), ...resampler.flush()];
    expect([...resampler.process(input), ...resampler.flush()]).toEqual(first);
  });

  it('refuses rates and blocks that make no sense', () => {
    expect(() => new Resampler({ from: 0, to: 48_000 })).toThrow(/sample rate/);
    expect(() => new Resampler({ from: 44_100.5, to: 48_000 })).toThrow(/sample rate/);
    expect(() => new Resampler({ from: 8000, to: 16_000, channels: 2 }).process(new Int16Array(3))).toThrow(
      /3 samples/,
    );
  });
});
