import { describe, expect, it } from 'vitest';
import { findByName } from './rtp-watch.js';

const people = (...names: string[]) => names.map((name) => ({ name }));

describe('findByName', () => {
  it('finds who has the name, in upper or lower case, and nobody whose name is longer', () => {
    const here = people('Anna', 'anna (2)', 'ben (watching anna)', 'Zoe\u0308');
    expect(findByName(here, ' anna ')).toBe(here[0]);
    expect(findByName(here, 'ANNA (2)')).toBe(here[1]);
    expect(findByName(here, 'Zo\u00eb')).toBe(here[3]);
    expect(findByName(here, 'ann')).toBeUndefined();
    expect(findByName(here, 'ben')).toBeUndefined();
  });

  it('refuses to choose among several', () => {
    expect(() => findByName(people('Anna', 'ben', 'ANNA'), 'anna')).toThrow(
      expect.objectContaining({ code: 'ambiguous-name', message: '2 are called anna here: Anna, ANNA' }),
    );
  });
});
