/**
 * Where randomness comes from. Pure code is handed one and never draws by itself.
 * The real one is `systemRandom` of `@hellohaybye/core/node`, the one of tests `seededRandom` of
 * `@hellohaybye/core/testing`.
 */
export interface Random {
  /** A uniform whole number from 0 to 2^32 - 1. */
  uint32(): number;
}

/** A uniform number from 0 (included) to 1 (excluded), with 32 bits of it random. */
export const uniform = (random: Random): number => random.uint32() / 0x1_0000_0000;
