import { expect, it } from 'vitest';
import { systemRandom } from './system-random.js';

it('never gives the same 128 bits twice, however many are drawn', () => {
  const ids = Array.from({ length: 1000 }, () =>
    Array.from({ length: 4 }, () => systemRandom.uint32()).join(' '),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it('gives whole numbers from all over the 32 bits', () => {
  const words = Array.from({ length: 1000 }, () => systemRandom.uint32());
  expect(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
  for (let bit = 0; bit < 32; bit += 1) {
    const set = words.filter((word) => (word >>> bit) & 1).length;
    // Ten standard deviations from the half.
    expect(Math.abs(set - 500)).toBeLessThan(160);
  }
});
