import { hkdfSync } from 'node:crypto';
import { HhbError, utf8Encode } from '@hellohaybye/core';
import { KEY_LENGTH, MKI_LENGTH, profiles, type SrtpProfile } from './profile.js';

/** A sender's master key, for all that it sends to everybody. */
export interface SrtpKey {
  /** A label of the caller's, such as `3.1`; it is not sent. */
  id: string;
  /** How its packets are protected. */
  profile: SrtpProfile;
  /** 16 bytes. */
  key: Uint8Array;
  /** 14 bytes, or 12 with AES-GCM. */
  salt: Uint8Array;
}

/** How far a source has come. */
export interface PacketIndex {
  ssrc: number;
  /** Of the newest packet sent: rollover counter * 2^16 + sequence number (RFC 3711, section 3.3.1), below 2^48. */
  index: number;
}

/**
 * The 4 bytes that tell in every packet which key it is protected with (MKI; RFC 3711, section 3.1): derived from the
 * key, so that nobody has to be told, by HKDF (RFC 5869) with SHA-256.
 */
export function mkiOf({ key, salt }: Pick<SrtpKey, 'key' | 'salt'>): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, MKI_LABEL, MKI_LENGTH));
}

/** @throws HhbError `bad-option` */
export function checkSrtpKey({ id, profile, key, salt }: SrtpKey): void {
  if (!Object.hasOwn(profiles, profile))
    throw new HhbError('bad-option', `Key ${id}: there is no profile ${profile}`);
  if (key.length !== KEY_LENGTH)
    throw new HhbError(
      'bad-option',
      `Key ${id}: the key has ${key.length} bytes, and has to have ${KEY_LENGTH}`,
    );
  const expected = profiles[profile].salt;
  if (salt.length !== expected) {
    throw new HhbError(
      'bad-option',
      `Key ${id}: the salt has ${salt.length} bytes, and has to have ${expected} for ${profile}`,
    );
  }
}

/** The keys that were used for sending: none may be used again, since its indices would be. */
export class UsedKeys {
  readonly #prints = new Set<string>();

  /** @throws HhbError `key-reused` */
  add({ id, key, salt }: SrtpKey): void {
    const print = Array.from(new Uint8Array(hkdfSync('sha256', key, salt, PRINT_LABEL, 16)), hexByte).join(
      '',
    );
    if (this.#prints.has(print))
      throw new HhbError('key-reused', `Key ${id} was used for sending before: make a new one`);
    this.#prints.add(print);
  }
}

const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');
const MKI_LABEL = utf8Encode('hellohaybye srtp mki');
const PRINT_LABEL = utf8Encode('hellohaybye srtp used key');
