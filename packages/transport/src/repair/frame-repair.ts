import { wrap, type Micros } from '@hellohaybye/core';
import type { AbsentFrame } from './absent-frames.js';
import type { BlockState, RepairFeedback } from './feedback.js';
import { recover } from './reed-solomon/index.js';
import { packetOfSymbol, symbolLength, writeSymbol } from './symbol.js';

/** Repair symbols of one block that came. */
interface Block {
  /** Unwrapped sequence number of its first source packet. */
  first: number;
  count: number;
  symbols: { index: number; symbol: Uint8Array }[];
  highest: number;
  /** Of them, those that came unasked. */
  unasked: number;
  /** Whether its packets were all restored. */
  done: boolean;
}

/** What is there of a frame that is not whole yet. */
export class FrameRepair {
  readonly #sequenceNumbers: number[] = [];
  readonly #packets: Uint8Array[] = [];
  readonly #blocks: Block[] = [];
  /** Unwrapped, of its source packets that came; `Infinity` and `-Infinity` while there are none. */
  lowest = Infinity;
  highest = -Infinity;
  hasFirst = false;
  hasLast = false;

  /** Bytes of repair packets that are kept of it. */
  symbolBytes = 0;
  /** When its last packet came; repair packets do not count. */
  lastAt: Micros;
  /** When all its packets should have come. */
  due: Micros;
  /** Whether they are overdue: what is missing then is asked for. */
  overdue = false;
  /** When something is to be asked next: `Infinity` for never, which takes no memory anew as `undefined` would. */
  askAt = Infinity;
  /** Requests so far; how often the present one is still to be sent, and in what time after the last. */
  requests = 0;
  copies = 0;
  spacing = 0 as Micros;
  inFull = true;
  /** Of a frame that was found in a gap: the one behind that. */
  behind: AbsentFrame['behind'];
  /** Rounds of requests since something came back. */
  unanswered = 0;

  constructor(
    /** Unwrapped RTP timestamp. */
    readonly timestamp: number,
    readonly firstAt: Micros,
    /** Until when it is of use. */
    public deadline: Micros,
  ) {
    this.lastAt = firstAt;
    this.due = firstAt;
  }

  /** Takes over what was known of it while it was absent. */
  wasAbsent(absent: AbsentFrame | undefined, now: Micros): void {
    this.overdue = true;
    this.due = absent?.due ?? now;
    this.requests = absent?.asked ?? 0;
    this.behind = absent?.behind;
  }

  get received(): number {
    return this.#packets.length;
  }

  source(sequenceNumber: number, packet: Uint8Array, first: boolean, last: boolean): void {
    this.#sequenceNumbers.push(sequenceNumber);
    this.#packets.push(packet);
    if (sequenceNumber < this.lowest) this.lowest = sequenceNumber;
    if (sequenceNumber > this.highest) this.highest = sequenceNumber;
    if (first) this.hasFirst = true;
    if (last) this.hasLast = true;
  }

  /** Takes a repair symbol in. @returns whether it is of use */
  symbol(first: number, count: number, index: number, symbol: Uint8Array, asked: boolean): boolean {
    let block = this.#blocks.find((known) => known.first === first);
    if (!block) {
      if (this.#blocks.length >= MAX_BLOCKS) return false;
      this.#blocks.push((block = { first, count, symbols: [], highest: -1, unasked: 0, done: false }));
    }
    // Whoever contradicts what the first one said is not believed, nor is a symbol twice.
    if (block.done || block.count !== count || block.symbols.length >= count) return false;
    if (block.symbols.some((known) => known.index === index)) return false;
    if (block.symbols.length > 0 && block.symbols[0]!.symbol.length !== symbol.length) return false;
    block.symbols.push({ index, symbol });
    block.highest = Math.max(block.highest, index);
    if (!asked) block.unasked += 1;
    return true;
  }

  /**
   * The source packets of a block that can be restored by now; undefined while too little is there.
   * @param first unwrapped sequence number of the block
   */
  restore(first: number, ssrc: number): { packets: Uint8Array[]; unasked: number } | undefined {
    const block = this.#blocks.find((known) => known.first === first);
    if (!block || block.done) return undefined;
    const end = first + block.count;
    const sources = new Array<Uint8Array | undefined>(block.count);
    let there = 0;
    const length = block.symbols[0]!.symbol.length;
    for (let index = 0; index < this.#packets.length; index += 1) {
      const sequenceNumber = this.#sequenceNumbers[index]!;
      if (sequenceNumber < first || sequenceNumber >= end) continue;
      const packet = this.#packets[index]!;
      // Longer than the block's symbols: it can't be of the same frame.
      if (symbolLength(packet.length) > length) return undefined;
      if (!sources[sequenceNumber - first]) there += 1;
      sources[sequenceNumber - first] = packet;
    }
    if (there + block.symbols.length < block.count) return undefined;
    block.done = true;
    if (there === block.count) return { packets: [], unasked: 0 };
    const recovered = recover(
      block.count,
      length,
      (index) => sources[index] !== undefined,
      (index, into) => writeSymbol(sources[index]!, into),
      block.symbols,
    );
    if (!recovered) return undefined;
    const packets: Uint8Array[] = [];
    for (const [index, symbol] of recovered) {
      const packet = packetOfSymbol(symbol, wrap(first + index, 16), wrap(this.timestamp, 32), ssrc);
      if (!packet) continue;
      packets.push(packet);
      this.source(first + index, packet, false, packet[1]! > 127);
    }
    return { packets, unasked: Math.min(block.unasked, packets.length) };
  }

  /** Sequence number of the lowest block that a repair packet told of. */
  get lowestBlock(): number | undefined {
    return this.#blocks.length === 0 ? undefined : Math.min(...this.#blocks.map(({ first }) => first));
  }

  /** For a request: which packets are there, and of what is not whether it may be told by that. */
  missing(
    most: number,
  ): Pick<RepairFeedback, 'headMissing' | 'tailMissing' | 'received'> & { first: number | undefined } {
    const { lowest, highest } = this;
    if (this.received === 0) return { first: undefined, headMissing: true, tailMissing: true, received: [] };
    const received = new Array<boolean>(highest - lowest + 1).fill(false);
    for (const sequenceNumber of this.#sequenceNumbers) received[sequenceNumber - lowest] = true;
    // More than fits is told of in pieces, the first one first.
    const start = received.length <= most ? 0 : Math.max(0, received.indexOf(false));
    return {
      first: lowest + start,
      headMissing: !this.hasFirst && start === 0,
      tailMissing: !this.hasLast && received.length <= start + most,
      received: received.slice(start, start + most),
    };
  }

  /** For a request. */
  get blocks(): BlockState[] {
    return this.#blocks
      .filter(({ done }) => !done)
      .map(({ first, symbols, highest }) => ({
        firstSequenceNumber: wrap(first, 16),
        received: symbols.length,
        highest,
      }));
  }
}

/** More than the largest frame has. */
const MAX_BLOCKS = 128;
