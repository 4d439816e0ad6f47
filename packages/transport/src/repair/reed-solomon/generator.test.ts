import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multiply } from './field.js';
import { Inverse, writeRow } from './generator.js';

/** Multiplies polynomials over GF(2) and reduces, bit by bit. */
function slowProduct(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

const everySource = Uint8Array.from({ length: 254 }, (_, index) => index);

/** A repair symbol's coefficients for the first `count` sources. */
function row(repair: number, count: number): Uint8Array {
  const into = new Uint8Array(count);
  writeRow(repair, everySource, count, into);
  return into;
}

describe('products', () => {
  it('are those of polynomials modulo 0x11d', () => {
    const wrong = [];
    for (let a = 0; a < 256; a++)
      for (let b = 0; b < 256; b++) if (multiply(a, b) !== slowProduct(a, b)) wrong.push([a, b]);
    expect(wrong).toEqual([]);
  });
});

describe('coefficients', () => {
  it('are (255 + i)(255 + j) / (255 (255 + i + j)), sums being XOR, wherever a block can have them', () => {
    for (let repair = 0; repair < 254; repair++) {
      const coefficients = row(repair, 254 - repair);
      coefficients.forEach((coefficient, source) => {
        const divisor = slowProduct(255, 255 ^ repair ^ source);
        const dividend = slowProduct(255 ^ repair, 255 ^ source);
        if (slowProduct(coefficient, divisor) !== dividend) expect.fail(`at ${repair}, ${source}`);
      });
    }
  });

  it('are ones in the first row and the first column, and never zero', () => {
    expect(new Set(row(0, 254))).toEqual(new Set([1]));
    for (let repair = 0; repair < 254; repair++) {
      expect(row(repair, 254 - repair)[0]).toBe(1);
      expect(row(repair, 254 - repair)).not.toContain(0);
    }
  });
});

describe('Inverse', () => {
  it('times the part of the matrix that it inverts is the unit matrix', () => {
    const numbers = (max: number) => fc.uniqueArray(fc.nat(max), { minLength: 127, maxLength: 127 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 127 }), numbers(127), numbers(126), (size, repairs, sources) => {
        const rows = repairs.slice(0, size);
        const columns = sources.slice(0, size);
        const part = rows.map((repair) => {
          const into = new Uint8Array(size);
          writeRow(repair, Uint8Array.from(columns), size, into);
          return into;
        });
        const inverse = new Inverse(rows, columns);
        for (let place = 0; place < size; place++) {
          const into = new Uint8Array(size);
          inverse.writeRow(place, into);
          for (let column = 0; column < size; column++) {
            let sum = 0;
            for (let at = 0; at < size; at++) sum ^= multiply(into[at]!, part[at]![column]!);
            expect(sum).toBe(place === column ? 1 : 0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
