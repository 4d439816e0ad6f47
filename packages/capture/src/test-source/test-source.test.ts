import { describe, expect, it } from 'vitest';
import { drawTestPicture, readTestPicture } from './picture.js';
import { renderTone } from './tone.js';

describe('drawTestPicture', () => {
  it.each([
    [640, 480],
    [1280, 720],
    [101, 77],
    [64, 48],
    [22, 9],
  ])('fills %ix%i and carries its number', (width, height) => {
    for (const number of [0, 1, 29, 4242, 65_535]) {
      const data = drawTestPicture(number, { width, height, fps: 30 });
      expect(data).toHaveLength(width * height * 4);
      expect(readTestPicture({ width, height, data })).toBe(number);
    }
  });

  it('is the same for the same number, and moves', () => {
    const shape = { width: 320, height: 240, fps: 30 };
    const [one, again, next] = [7, 7, 8].map((number) => drawTestPicture(number, shape));
    expect(one).toEqual(again);
    const differing = one?.reduce((count, byte, i) => count + (byte === next?.[i] ? 0 : 1), 0) ?? 0;
    expect(differing).toBeGreaterThan(320 * 240 * 0.01);
  });

  it('does without a picture of its own kind', () => {
    expect(readTestPicture({ width: 640, height: 480, data: new Uint8Array(640 * 480 * 4) })).toBeUndefined();
    expect(
      readTestPicture({ width: 640, height: 480, data: new Uint8Array(640 * 480 * 4).fill(120) }),
    ).toBeUndefined();
  });
});

describe('renderTone', () => {
  const melody = renderTone(44_100);

  it('lasts four seconds, is never silent for long and never near full scale', () => {
    expect(melody).toHaveLength(4 * 44_100);
    const peak = melody.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(8000);
    expect(peak).toBeLessThan(16_000);
    for (let at = 0; at < melody.length; at += 11_025) {
      const part = melody.subarray(at, at + 11_025);
      expect(Math.sqrt(part.reduce((sum, sample) => sum + sample ** 2, 0) / part.length)).toBeGreaterThan(
        1000,
      );
    }
  });

  it('has no seam', () => {
    const steps = melody.map((sample, i) => Math.abs(sample - (melody[(i + 1) % melody.length] as number)));
    const largest = steps.subarray(0, -1).reduce((most, step) => Math.max(most, step), 0);
    expect(steps.at(-1)).toBeLessThan(largest);
  });
});
