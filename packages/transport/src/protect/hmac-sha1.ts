import { hash } from 'node:crypto';

/**
 * HMAC-SHA1 (RFC 2104) of a message in memory of its own that has room before it. Two one-shot hashes take less than one HMAC
 * object, when the padded keys are prepared.
 */
export class HmacSha1 {
  readonly #innerPad: Uint8Array;
  /** The outer pad and, after it, the inner hash. */
  readonly #outer = new Uint8Array(HMAC_ROOM + SHA1_LENGTH);

  /** What was hashed last, to be used again. */
  #view = new Uint8Array(0);

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    this.#innerPad = new Uint8Array(HMAC_ROOM).fill(0x36);
    this.#outer.fill(0x5c, 0, HMAC_ROOM);
    for (const [index, byte] of key.entries()) {
      this.#innerPad[index]! ^= byte;
      this.#outer[index]! ^= byte;
    }
  }

  /**
   * @param start where the message begins; the 64 bytes before it are overwritten
   * @param into where the tag goes, from `at` on
   * @param length bytes of the tag, at most 20
   */
  sign(
    memory: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
    into: Uint8Array,
    at: number,
    length: number,
  ): void {
    memory.set(this.#innerPad, start - HMAC_ROOM);
    const view = this.#view;
    // To make another view takes as long as a tenth of it all, and packets that come often are of one length.
    if (
      view.buffer !== memory.buffer ||
      view.byteOffset !== start - HMAC_ROOM ||
      view.length !== end - view.byteOffset
    )
      this.#view = memory.subarray(start - HMAC_ROOM, end);
    const inner = hash('sha1', this.#view, 'binary');
    putBinary(inner, this.#outer, HMAC_ROOM, SHA1_LENGTH);
    putBinary(hash('sha1', this.#outer, 'binary'), into, at, length);
  }
}

/** A byte a character: to have a hash as a string takes half as long as to have it as a buffer. */
function putBinary(binary: string, into: Uint8Array, at: number, length: number): void {
  for (let index = 0; index < length; index += 1) into[at + index] = binary.charCodeAt(index);
}

/** Bytes before a message that `sign` needs: a block of SHA-1. */
export const HMAC_ROOM = 64;
const SHA1_LENGTH = 20;
