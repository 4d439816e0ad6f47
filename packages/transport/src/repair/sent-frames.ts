import { micros, unwrapNear, type Micros } from '@hellohaybye/core';
import { encodeRepair } from './reed-solomon/index.js';
import { partition, type BlockRange } from './blocks.js';
import type { SentFrame } from './repair.js';
import { symbolLength, writeSymbol } from './symbol.js';

/** A frame that was sent, kept for as long as somebody may ask for it. */
export class KeptFrame {
  readonly blocks: readonly BlockRange[];
  readonly bytes: number;
  /** Repair symbols that were made so far, by block: the same for all listeners. */
  readonly #symbols: Uint8Array[][] = [];

  constructor(
    readonly frame: SentFrame,
    readonly sentAt: Micros,
  ) {
    // As little as can be: most frames are never asked for.
    this.blocks = partition(frame.packets.length);
    let bytes = 0;
    for (const packet of frame.packets) bytes += packet.length;
    this.bytes = bytes;
  }

  get sequenceNumber(): number {
    return this.frame.sequenceNumber;
  }

  /** One after its last packet's. */
  get end(): number {
    return this.frame.sequenceNumber + this.frame.packets.length;
  }

  /** Bytes of its longest repair symbols. */
  get longestSymbol(): number {
    return Math.max(...this.blocks.map((block) => this.#lengthOf(block)));
  }

  /** Repair symbols of a block: each is made when it is first wanted. */
  symbols(block: number, from: number, count: number): Uint8Array[] {
    const made = (this.#symbols[block] ??= []);
    const { start, count: sources } = this.blocks[block]!;
    if (made.length < from + count) {
      const more = encodeRepair(
        sources,
        this.#lengthOf(this.blocks[block]!),
        (index, into) => writeSymbol(this.frame.packets[start + index]!, into),
        made.length,
        from + count - made.length,
      );
      made.push(...more);
    }
    return made.slice(from, from + count);
  }

  #lengthOf({ start, count }: BlockRange): number {
    let longest = 0;
    for (let index = start; index < start + count; index += 1)
      longest = Math.max(longest, this.frame.packets[index]!.length);
    return symbolLength(longest);
  }
}

/** The frames of a stream that were sent lately. */
export class SentFrames {
  readonly #frames: KeptFrame[] = [];
  #bytes = 0;
  /** How long frames are kept. */
  keep = DEFAULT_KEEP;

  /** Takes a frame in; the same one again, for another listener, is kept once. */
  add(frame: SentFrame, now: Micros): KeptFrame {
    const newest = this.#frames.at(-1);
    if (newest?.frame.packets === frame.packets) return newest;
    const kept = new KeptFrame(frame, now);
    this.#frames.push(kept);
    this.#bytes += kept.bytes;
    const oldest = micros(now - this.keep);
    let expired = 0;
    while (
      expired < this.#frames.length - 1 &&
      (this.#frames[expired]!.sentAt < oldest || this.#bytes > MAX_KEPT_BYTES)
    ) {
      this.#bytes -= this.#frames[expired]!.bytes;
      expired += 1;
    }
    if (expired > 0) this.#frames.splice(0, expired);
    return kept;
  }

  /** The frame with a packet, given by its 16-bit sequence number, or one some frames after it. */
  find(wrapped: number, ahead = 0): KeptFrame | undefined {
    const newest = this.#frames.at(-1);
    if (!newest) return undefined;
    const sequenceNumber = unwrapNear(wrapped, newest.end, 16);
    let low = 0;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#frames[middle]!.end <= sequenceNumber) low = middle + 1;
      else high = middle;
    }
    const found = this.#frames[low];
    return found && sequenceNumber >= found.sequenceNumber ? this.#frames[low + ahead] : undefined;
  }

  /** The packet of a 16-bit sequence number, as it was. */
  packet(wrapped: number): Uint8Array | undefined {
    const kept = this.find(wrapped);
    return kept?.frame.packets[unwrapNear(wrapped, kept.end, 16) - kept.sequenceNumber];
  }
}

/** Longer than any playout delay of a call. */
const DEFAULT_KEEP = 1_000_000 as Micros;
/** Of source packets kept for one stream, the newest frame on top. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
