import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commonAspect, hueOf, initialsOf, layOut, meterOf } from './layout.js';

it('lays tiles out as large as they can be', () => {
  const onScreen = (count: number) => layOut(count, 1280, 640, 4 / 3, 12);
  const onPhone = (count: number) => layOut(count, 390, 780, 4 / 3, 8);
  expect(onScreen(1)).toEqual({ columns: 1, width: 1003, height: 639 });
  expect([1, 2, 3, 4, 5, 7].map((count) => onScreen(count).columns)).toEqual([1, 2, 2, 2, 3, 4]);
  expect([1, 2, 3, 5].map((count) => onPhone(count).columns)).toEqual([1, 1, 1, 2]);
});

it('never lets tiles reach beyond their area', () => {
  const side = fc.integer({ min: 0, max: 4000 });
  const aspect = fc.double({ min: 0.5, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), side, side, aspect, (count, width, height, shape) => {
      const layout = layOut(count, width, height, shape, 12);
      const rows = Math.ceil(count / layout.columns);
      expect(layout.width).toBeGreaterThanOrEqual(0);
      if (layout.width === 0) return;
      expect(layout.columns * (layout.width + 12) - 12).toBeLessThanOrEqual(width);
      expect(rows * (layout.height + 12) - 12).toBeLessThanOrEqual(height);
    }),
  );
});

it('finds a shape between those of the pictures', () => {
  expect(commonAspect([])).toBeCloseTo(4 / 3);
  expect(commonAspect([16 / 9, 1])).toBeCloseTo(4 / 3);
  expect(commonAspect([9 / 16])).toBe(3 / 4);
  expect(commonAspect([4])).toBeCloseTo(16 / 9);
});

it('makes initials of any name', () => {
  expect(initialsOf('Anna Maria Berg')).toBe('AB');
  expect(initialsOf('ben')).toBe('B');
  expect(initialsOf('anna (2)')).toBe('A2');
  expect(initialsOf('Ödön')).toBe('Ö');
  expect(initialsOf('李明')).toBe('李');
  expect(initialsOf('🙂')).toBe('?');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => initialsOf(name).length > 0));
});

it('gives a name a hue of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(hueOf(name)).toBeGreaterThanOrEqual(0);
      expect(hueOf(name)).toBeLessThan(360);
    }),
  );
});

it('shows levels between a quiet room and loud speech', () => {
  expect([null, undefined, -Infinity, -60, -30, -3].map((level) => meterOf(level))).toEqual([
    0, 0, 0, 0, 0.5, 1,
  ]);
});
