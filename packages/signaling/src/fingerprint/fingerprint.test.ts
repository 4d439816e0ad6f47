import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, sameWords } from './fingerprint.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a fingerprint', () => {
  it('is eight words and the whole hash', () => {
    expect(fingerprintOf(new Uint8Array(32), sha256)).toEqual({
      words: 'mimic income owner charge mechanic design drop business',
      full: 'SHA256:jM5SeJNIoneQ2PgeVk6EVfU_HPOuwZ82doNE4qTShwk',
    });
  });

  it('holds the first 88 bits of the hash in its words, and all of them in full', () => {
    fc.assert(
      fc.property(key, (publicKey) => {
        const { words, full } = fingerprintOf(publicKey, sha256);
        const digest = sha256(Buffer.concat([Buffer.from('hellohaybye identity v1\0'), publicKey]));
        const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        const said = words.split(' ').map((word) => wordlist.indexOf(word).toString(2).padStart(11, '0'));
        expect(said.join('')).toBe(bits.slice(0, 88));
        expect(full).toBe(`SHA256:${digest.toString('base64url')}`);
      }),
    );
  });

  it('differs from key to key, be it by one bit', () => {
    fc.assert(
      fc.property(key, fc.nat({ max: 255 }), (publicKey, bit) => {
        const other = Uint8Array.from(publicKey);
        other[bit >> 3]! ^= 1 << (bit & 7);
        expect(fingerprintOf(other, sha256).words).not.toBe(fingerprintOf(publicKey, sha256).words);
      }),
    );
  });

  it('is compared without regard to spaces, dashes and case', () => {
    expect(sameWords('abandon ability able', ' Abandon-ABILITY,\n able ')).toBe(true);
    expect(sameWords('abandon ability able', 'abandon ability')).toBe(false);
    expect(sameWords('abandon ability able', 'ability abandon able')).toBe(false);
  });
});
