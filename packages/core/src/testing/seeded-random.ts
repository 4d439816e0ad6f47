import type { Random } from '../random.js';

/**
 * A stream of numbers that a seed decides wholly, the same on every machine: Mulberry32, whose period is
 * 2^32. For tests and simulations, never for secrets.
 * @param seed any whole number; its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    uint32() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) >>> 0;
    },
  };
}
