import type { DropReason } from '../drops.js';
import { MAX_FRAME_BYTES, type Fragment, type FrameParts } from './payload-format.js';

/** What holding a packet costs beside its bytes, for the memory bounds; an estimate on the safe side. */
export const PACKET_COST = 256;

/**
 * The packets of one frame, put in order as they come. It holds the datagrams as they are: a frame's memory
 * is made when all its packets are there, so that a forged length costs nothing.
 */
export class FrameAssembly implements FrameParts {
  count = 0;
  readonly packets: Uint8Array[] = [];
  readonly payloadStarts: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly offsets: number[] = [];
  /** Bytes held, packet headers and bookkeeping included. */
  cost = 0;
  #received = 0;
  #total = -1;
  #kind = 0;
  #variant = 0;

  /** Begins another frame, with the same arrays: they need not grow again. */
  clear(): void {
    this.packets.fill(nothing, 0, this.count);
    this.count = 0;
    this.cost = 0;
    this.#received = 0;
    this.#total = -1;
  }

  /** Bytes of the whole frame, or -1 while no packet has told. */
  get length(): number {
    return this.#total;
  }

  get complete(): boolean {
    return this.#total === this.#received && this.count > 0;
  }

  /** Whether the packet that begins the frame is there. */
  get hasFirst(): boolean {
    return this.count > 0 && this.offsets[0] === 0;
  }

  /**
   * Takes a packet, and keeps it without a copy.
   * @param payloadStart where the packet's RTP payload begins
   * @returns why the packet is not used: `duplicate`, or a drop reason
   */
  add(packet: Uint8Array, payloadStart: number, fragment: Fragment): DropReason | 'duplicate' | undefined {
    const { start, end, offset, total, kind, variant } = fragment;
    const { count, starts, ends, offsets } = this;
    const length = end - start;
    const frameEnd = offset + length;
    if (frameEnd > MAX_FRAME_BYTES || total > MAX_FRAME_BYTES) return 'frame-too-large';
    if (count === 0) {
      this.#kind = kind;
      this.#variant = variant;
    } else if (kind !== this.#kind || variant !== this.#variant) return 'inconsistent-fragment';
    const lastEnd = count === 0 ? 0 : offsets[count - 1]! + ends[count - 1]! - starts[count - 1]!;
    const known = total >= 0 ? total : this.#total;
    if (known >= 0 && (frameEnd > known || (total >= 0 && lastEnd > total))) return 'inconsistent-fragment';
    if (total >= 0 && this.#total >= 0 && total !== this.#total) return 'inconsistent-fragment';

    let index = count;
    if (count > 0 && offset >= lastEnd) {
      // The common case: in order. An empty fragment can only be an empty message's one packet.
      if (length === 0) return 'duplicate';
    } else if (count > 0) {
      index = this.#firstAfter(offset);
      if (index > 0) {
        const before = index - 1;
        const lengthBefore = ends[before]! - starts[before]!;
        if (offsets[before] === offset && lengthBefore === length) return 'duplicate';
        if (offsets[before]! + lengthBefore > offset) return 'overlapping-fragment';
      }
      if (offsets[index]! < frameEnd) return 'overlapping-fragment';
    }
    this.#insert(index, packet, payloadStart, start, end, offset);
    if (total >= 0) this.#total = total;
    this.#received += length;
    this.cost += packet.length + PACKET_COST;
    return undefined;
  }

  #insert(
    index: number,
    packet: Uint8Array,
    payloadStart: number,
    start: number,
    end: number,
    offset: number,
  ): void {
    const { packets, payloadStarts, starts, ends, offsets } = this;
    for (let at = this.count; at > index; at -= 1) {
      packets[at] = packets[at - 1]!;
      payloadStarts[at] = payloadStarts[at - 1]!;
      starts[at] = starts[at - 1]!;
      ends[at] = ends[at - 1]!;
      offsets[at] = offsets[at - 1]!;
    }
    packets[index] = packet;
    payloadStarts[index] = payloadStart;
    starts[index] = start;
    ends[index] = end;
    offsets[index] = offset;
    this.count += 1;
  }

  /** The index of the first packet that lies beyond an offset. */
  #firstAfter(offset: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const nothing = new Uint8Array(0);
