import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codePoints } from '../protocol/text.js';
import { givenName, nameKey, sameAgain, uniqueName } from './unique-name.js';

const grant = (wanted: string, ...taken: string[]) => uniqueName(wanted, new Set(taken.map(nameKey)), 64);

describe('uniqueName', () => {
  it('leaves a free name alone', () => expect(grant('anna', 'ben')).toBe('anna'));
  it('numbers a taken one', () => expect(grant('anna', 'anna')).toBe('anna (2)'));
  it('takes the first free number', () =>
    expect(grant('anna', 'anna', 'anna (2)', 'anna (4)')).toBe('anna (3)'));
  it('sees no difference between cases', () => expect(grant('Anna', 'anna')).toBe('Anna (2)'));
  it('gives another number to who had one', () => {
    expect(grant('anna (2)', 'anna')).toBe('anna (2)');
    expect(grant('anna (2)', 'anna', 'anna (2)')).toBe('anna (3)');
  });
  it('makes room for the number', () => {
    expect(grant('x'.repeat(64), 'x'.repeat(64))).toBe(`${'x'.repeat(60)} (2)`);
  });

  it('is always free and never too long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 30 }),
        (wishes) => {
          const taken = new Set<string>();
          for (const wish of wishes) {
            const name = uniqueName(wish, taken, 12);
            expect(taken.has(nameKey(name))).toBe(false);
            expect(codePoints(name)).toBeLessThanOrEqual(Math.max(12, codePoints(wish)));
            taken.add(nameKey(name));
          }
        },
      ),
    );
  });
});

it.each([
  ['anna', 'anna'],
  ['anna (2)', 'anna'],
  ['anna (2) (13)', 'anna'],
  ['anna (b)', 'anna (b)'],
  ['anna(2)', 'anna(2)'],
  [' (2)', ' (2)'],
])('%j was given as %j', (name, given) => expect(givenName(name)).toBe(given));

it.each([
  ['anna', 'anna (2)', 'anna (2)'],
  ['anna (2)', 'Anna', 'Anna'],
  ['anna', 'ben', 'anna'],
  ['anna', 'anna (2) x', 'anna'],
])('%j, who was called %j, comes back as %j', (own, granted, again) => {
  expect(sameAgain(own, granted)).toBe(again);
});
