import { wordlist } from '@scure/bip39/wordlists/english.js';
import { utf8Encode } from '@hellohaybye/core';
import { toBase64url } from '../protocol/base64url.js';

/** A SHA-256 (FIPS 180-4): `(bytes) => createHash('sha256').update(bytes).digest()` of `node:crypto`. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** What people compare to know that a key is somebody's. */
export interface Fingerprint {
  /** Eight words of the English BIP 39 list, for reading aloud: the first 88 bits. */
  words: string;
  /** All 256 bits: `SHA256:` and 43 characters of base64url, for a QR code. */
  full: string;
}

/**
 * The fingerprint of an identity's public key: the SHA-256 of a label of ours and the key.
 *
 * Eight words are 88 bits. Somebody who wants a key with the words of another has to make 2^88 keys; at ten thousand
 * million keys a second that is a thousand million years. Six words, 66 bits, would be two centuries of one such
 * machine, or a month of some thousands of them.
 * @param publicKey the 32 bytes of an X25519 key (RFC 7748)
 */
export function fingerprintOf(publicKey: Uint8Array, sha256: Sha256): Fingerprint {
  const label = utf8Encode('hellohaybye identity v1\0');
  const input = new Uint8Array(label.length + publicKey.length);
  input.set(label);
  input.set(publicKey, label.length);
  const digest = sha256(input);
  return { words: wordsOf(digest), full: `SHA256:${toBase64url(digest)}` };
}

/** Whether two texts are the same words, however they are spaced and written. */
export const sameWords = (one: string, other: string): boolean => plain(one) === plain(other);

const plain = (words: string): string =>
  words
    .toLowerCase()
    .split(/[\s,.-]+/)
    .filter((word) => word !== '')
    .join(' ');

/** 11 bits a word, most significant first. */
function wordsOf(digest: Uint8Array): string {
  const bit = (index: number) => (digest[index >> 3]! >> (7 - (index & 7))) & 1;
  const words = Array.from({ length: wordCount }, (_, word) => {
    let value = 0;
    for (let index = 0; index < 11; index += 1) value = value * 2 + bit(word * 11 + index);
    return wordlist[value]!;
  });
  return words.join(' ');
}

const wordCount = 8;
