import { expect, it } from 'vitest';
import { percentile } from './percentile.js';

it('takes the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile(values, 1)).toBe(100);
  expect(percentile([], 0.5)).toBeUndefined();
});
