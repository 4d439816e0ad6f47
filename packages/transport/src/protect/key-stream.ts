import { createCipheriv, createSecretKey } from 'node:crypto';
import { writeNonce } from './nonce.js';

/**
 * The key stream of AES in counter mode (RFC 3711, section 4.1.1). To make a cipher object costs more than to
 * encrypt a packet, so one encrypts the counter blocks of all packets, those of one frame in one call.
 */
export class KeyStream {
  readonly #cipher;
  readonly #salt: Uint8Array;
  /** The first counter block of a packet, and the words that it is made of. */
  readonly #first = new Uint8Array(BLOCK);
  readonly #firstWords = new Int32Array(this.#first.buffer);
  #blocks = new Uint8Array(FIRST_ROOM);
  #words = new Int32Array(this.#blocks.buffer);
  #filled = 0;
  /** The first words of the counter blocks in a part of `#words`. */
  #there = { first: 0, second: 0, third: 0, from: 0, to: 0 };
  /** What `one` gave last. */
  ahead: Int32Array = new Int32Array(0);
  /** Which packets' key stream is in `ahead`: so many from this one on, each with so many blocks. */
  #aheadOf = { ssrc: -1, index: 0, count: 0, blocks: 0 };
  #lastIndex = -1;

  /** @param key 16 bytes @param salt 14 bytes */
  constructor(key: Uint8Array, salt: Uint8Array) {
    // A key as bytes takes several times as long on Node 24.
    this.#cipher = createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false);
    this.#salt = salt;
  }

  /** Bytes of key stream that were added since the last `make`. */
  get waiting(): number {
    return this.#filled;
  }

  /** Adds a packet. @param length bytes to encrypt @returns where its part of the key stream begins: a multiple of 16 */
  add(ssrc: number, index: number, length: number): number {
    const at = this.#filled;
    const count = Math.ceil(length / BLOCK);
    this.#filled += count * BLOCK;
    if (this.#filled > this.#blocks.length) this.#grow();
    writeNonce(this.#salt, ssrc, index, this.#first);
    const [first, second, third, last] = this.#firstWords as unknown as [number, number, number, number];
    const words = this.#words;
    this.#spread(first, second, third, at / 4, this.#filled / 4);
    for (let block = 0, word = at / 4 + 3; block < count; block += 1, word += 4)
      words[word] = last | counters[block]!;
    return at;
  }

  /** The key stream of all that was added since the last time, as words in this machine's byte order. */
  make(): Int32Array {
    const stream = this.#cipher.update(this.#blocks.subarray(0, this.#filled));
    this.#filled = 0;
    if (stream.byteOffset % 4 === 0)
      return new Int32Array(stream.buffer, stream.byteOffset, stream.length / 4);
    return new Int32Array(new Uint8Array(stream).buffer);
  }

  /**
   * The key stream of one packet, in `ahead`. When packets come in a row, as those of a frame do, that of the next ones is
   * made with it.
   * @returns where it begins in `ahead`, in words
   */
  one(ssrc: number, index: number, length: number): number {
    const of = this.#aheadOf;
    const blocks = Math.ceil(length / BLOCK);
    const inARow = ssrc === of.ssrc && index === this.#lastIndex + 1;
    const position = index - of.index;
    this.#lastIndex = index;
    if (ssrc === of.ssrc && position >= 0 && position < of.count && blocks <= of.blocks)
      return (position * of.blocks * BLOCK) / 4;
    of.ssrc = ssrc;
    of.index = index;
    of.blocks = blocks;
    of.count = inARow ? Math.max(1, Math.min(PACKETS_AHEAD, Math.floor(BYTES_AHEAD / length))) : 1;
    for (let packet = 0; packet < of.count; packet += 1) this.add(ssrc, index + packet, length);
    this.ahead = this.make();
    return 0;
  }

  /** Puts the words of blocks that differ with source and rollover counter alone, where they are not there already. */
  #spread(first: number, second: number, third: number, from: number, to: number): void {
    const there = this.#there;
    const same =
      there.first === first && there.second === second && there.third === third && from >= there.from;
    // A gap before `from` would be taken to be there: there is none, for blocks are filled from the front.
    if (same && to <= there.to) return;
    if (same) there.to = to;
    else this.#there = { first, second, third, from, to };
    const words = this.#words;
    for (let word = from; word < to; word += 4) {
      words[word] = first;
      words[word + 1] = second;
      words[word + 2] = third;
    }
  }

  #grow(): void {
    const before = this.#blocks;
    this.#blocks = new Uint8Array(Math.max(2 * before.length, this.#filled));
    this.#blocks.set(before);
    this.#words = new Int32Array(this.#blocks.buffer);
  }
}

/** Adds a key stream to words in place. Four at a time, which takes a third less. */
export function xorWords(
  words: Int32Array,
  at: number,
  count: number,
  stream: Int32Array,
  from: number,
): void {
  let index = 0;
  for (; index + 4 <= count; index += 4) {
    words[at + index]! ^= stream[from + index]!;
    words[at + index + 1]! ^= stream[from + index + 1]!;
    words[at + index + 2]! ^= stream[from + index + 2]!;
    words[at + index + 3]! ^= stream[from + index + 3]!;
  }
  for (; index < count; index += 1) words[at + index]! ^= stream[from + index]!;
}

const BLOCK = 16;
const FIRST_ROOM = 2048;
const PACKETS_AHEAD = 16;
const BYTES_AHEAD = 20 * 1024;

/** Each block counter of a packet as the last word of a counter block, where its upper half is zero. */
const counters = new Int32Array(65_536 / BLOCK);
{
  const bytes = new Uint8Array(counters.buffer);
  for (let count = 0; count < counters.length; count += 1) {
    bytes[4 * count + 2] = count >>> 8;
    bytes[4 * count + 3] = count;
  }
}
