import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.js';

/** Randomness fit for identifiers that must not be guessed, such as an SSRC. */
export const systemRandom: Random = {
  uint32: () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++]!;
  },
};

/** Words in stock: getting them one by one costs more than all else that is done for a connection to a server. */
const pool = new Uint32Array(256);
let used = pool.length;
