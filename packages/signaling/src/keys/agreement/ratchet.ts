import { hkdfSync } from 'node:crypto';
import { utf8Encode } from '@hellohaybye/core';
import type { Generation, SrtpProfile } from './types.js';

/** The master key of a generation. */
export interface GenerationKey extends Generation {
  profile: SrtpProfile;
  key: Uint8Array;
  salt: Uint8Array;
}

/**
 * The key of the next step, from which this one can't be told: HKDF-SHA256 (RFC 5869) with the master key as
 * key material and the master salt as salt. `info` is a label, 0, the profile's name, 0, the epoch and the new
 * step, 4 bytes each, big-endian. The first 16 bytes are the key, the others the salt.
 */
export function nextKey({ epoch, step, profile, key, salt }: GenerationKey): GenerationKey {
  const numbers = new DataView(new ArrayBuffer(8));
  numbers.setUint32(0, epoch);
  numbers.setUint32(4, step + 1);
  const label = utf8Encode(`${stepLabel}\0${profile}\0`);
  const info = Uint8Array.from([...label, ...new Uint8Array(numbers.buffer)]);
  const made = new Uint8Array(hkdfSync('sha256', key, salt, info, key.length + salt.length));
  return {
    ...{ epoch, step: step + 1, profile },
    ...{ key: made.subarray(0, key.length), salt: made.subarray(key.length) },
  };
}

/** Overwrites a key that is not needed any more. */
export function erase({ key, salt }: GenerationKey): void {
  key.fill(0);
  salt.fill(0);
}

const stepLabel = 'HelloHayBye v1 key step';
