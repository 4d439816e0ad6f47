import { describe, expect, it } from 'vitest';
import { chirps } from '../support/chirps.js';
import { dropouts, locate } from '../support/correlation.js';
import { psnr, spread } from '../support/psnr.js';

describe('psnr', () => {
  const picture = (light: number) => ({ width: 4, height: 2, data: new Uint8Array(32).fill(light) });

  it('is what its formula says, and does not look at the fourth byte', () => {
    expect(psnr(picture(110), picture(100))).toBeCloseTo(10 * Math.log10(255 ** 2 / 100));
    const other = picture(100);
    for (let at = 3; at < 32; at += 4) other.data[at] = 7;
    expect(psnr(other, picture(100))).toBe(Infinity);
  });

  it('refuses what has another size', () => {
    expect(() => psnr({ ...picture(1), width: 2, height: 4 }, picture(1))).toThrow('2x4 against 4x2');
  });
});

it('spread gives the least and the middle one', () => {
  expect(spread([5, 1, 3])).toEqual({ min: 1, median: 3 });
});

describe('sound', () => {
  const rate = 8000;
  const voice = chirps(3, rate);
  const stretch = voice.subarray(rate, 2 * rate);

  it('is found where it is, however loud', () => {
    const recording = new Int16Array(4 * rate);
    recording.set(
      voice.map((sample) => sample / 3),
      777,
    );
    expect(locate(stretch, recording)).toEqual({ at: rate + 777, correlation: expect.closeTo(1, 3) });
  });

  it('is not found in other sound or in silence', () => {
    const noise = Int16Array.from({ length: 2 * rate }, (_, index) => ((index * 7919) % 10_007) - 5003);
    expect(locate(stretch, noise).correlation).toBeLessThan(0.2);
    expect(locate(stretch, new Int16Array(2 * rate)).correlation).toBe(0);
  });

  it('has a dropout where it is missing', () => {
    expect(dropouts(voice, voice, rate).silent).toBe(0);
    const broken = voice.slice();
    broken.fill(0, rate + 160, rate + 640);
    const { blocks, silent } = dropouts(broken, voice, rate);
    expect(silent).toBe(6);
    expect(blocks).toBeGreaterThan(150);
  });
});
