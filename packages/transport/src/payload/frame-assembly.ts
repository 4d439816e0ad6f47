import type { DropReason } from '../drops.js';
import { MAX_FRAME_BYTES, type Format, type Fragment, type FrameParts } from './payload-format.js';

/** What holding a packet costs beside its bytes, for the memory bounds; an estimate on the safe side. */
export const PACKET_COST = 256;

/**
 * The packets of one frame, put in order as they come. It holds the datagrams as they are: a frame's memory
 * is made when all its packets are there, so that a forged length costs nothing.
 */
export class FrameAssembly implements FrameParts {
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

  /** @param format of all its packets */
  constructor(readonly format: Format) {}

  /** Bytes of the whole frame, or -1 while no packet has told. */
  get length(): number {
    return this.#total;
  }

  get complete(): boolean {
    return this.#total === this.#received && this.packets.length > 0;
  }

  /** Whether the packet that begins the frame is there. */
  get hasFirst(): boolean {
    return this.offsets[0] === 0;
  }

  /**
   * Takes a packet, and keeps it without a copy.
   * @param payloadStart where the packet's RTP payload begins
   * @returns why the packet is not used: `duplicate`, or a drop reason
   */
  add(packet: Uint8Array, payloadStart: number, fragment: Fragment): DropReason | 'duplicate' | undefined {
    const { start, end, offset, total, kind, variant } = fragment;
    const length = end - start;
    const frameEnd = offset + length;
    const count = this.packets.length;
    if (frameEnd > MAX_FRAME_BYTES || total > MAX_FRAME_BYTES) return 'frame-too-large';
    if (count === 0) {
      this.#kind = kind;
      this.#variant = variant;
    } else if (kind !== this.#kind || variant !== this.#variant) return 'inconsistent-fragment';
    const lastEnd =
      count === 0 ? 0 : this.offsets[count - 1]! + this.ends[count - 1]! - this.starts[count - 1]!;
    const known = total >= 0 ? total : this.#total;
    if (known >= 0 && (frameEnd > known || (total >= 0 && lastEnd > total))) return 'inconsistent-fragment';
    if (total >= 0 && this.#total >= 0 && total !== this.#total) return 'inconsistent-fragment';

    if (count === 0 || offset >= lastEnd) {
      // The common case: in order. An empty fragment can only be an empty message's one packet.
      if (count > 0 && length === 0) return 'duplicate';
      this.packets.push(packet);
      this.payloadStarts.push(payloadStart);
      this.starts.push(start);
      this.ends.push(end);
      this.offsets.push(offset);
    } else {
      const index = this.#firstAfter(offset);
      if (index > 0) {
        const before = index - 1;
        if (this.offsets[before] === offset && this.ends[before]! - this.starts[before]! === length)
          return 'duplicate';
        if (this.offsets[before]! + this.ends[before]! - this.starts[before]! > offset)
          return 'overlapping-fragment';
      }
      if (this.offsets[index]! < frameEnd) return 'overlapping-fragment';
      this.packets.splice(index, 0, packet);
      this.payloadStarts.splice(index, 0, payloadStart);
      this.starts.splice(index, 0, start);
      this.ends.splice(index, 0, end);
      this.offsets.splice(index, 0, offset);
    }
    if (total >= 0) this.#total = total;
    this.#received += length;
    this.cost += packet.length + PACKET_COST;
    return undefined;
  }

  /** The index of the first packet that lies beyond an offset. */
  #firstAfter(offset: number): number {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
