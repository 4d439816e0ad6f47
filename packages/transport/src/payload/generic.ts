import { putUint24, putUint32, uint24, uint32 } from '../bytes.js';
import type { RtpHeader } from '../packet/rtp.js';
import type { DropReason } from '../drops.js';
import {
  copyParts,
  MAX_FRAME_BYTES,
  type Depacketizer,
  type Fragment,
  type FramePlan,
  type FrameParts,
  type Packetizer,
  writeShare,
} from './payload-format.js';

/** Bytes of the generic payload's header. */
export const GENERIC_HEADER_LENGTH = 8;

/**
 * The generic payload: any message up to 16 MiB, cut into packets that each say where their bytes belong
 * and how long the message is. Normative in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | V=1 |   MBZ   |             fragment offset (24)              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      message length (32)                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export const genericPacketizer: Packetizer = {
  format: 'generic',
  plan: (frame, room) =>
    frame.length <= MAX_FRAME_BYTES && room > GENERIC_HEADER_LENGTH
      ? new GenericPlan(frame, room - GENERIC_HEADER_LENGTH)
      : undefined,
};

class GenericPlan implements FramePlan {
  readonly count: number;
  readonly duration = 0;

  constructor(
    readonly carried: Uint8Array,
    private readonly step: number,
  ) {
    // An empty message is one packet that says so.
    this.count = Math.max(1, Math.ceil(carried.length / step));
  }

  payloadLength(index: number): number {
    return GENERIC_HEADER_LENGTH + Math.min(this.step, this.carried.length - index * this.step);
  }

  timestampOffset(): number {
    return 0;
  }

  marker(index: number): boolean {
    return index === this.count - 1;
  }

  write(index: number, into: Uint8Array, at: number, carriedAt?: number): void {
    const { carried, step } = this;
    const offset = index * step;
    into[at] = GENERIC_VERSION << 5;
    putUint24(into, at + 1, offset);
    putUint32(into, at + 4, carried.length);
    const end = Math.min(offset + step, carried.length);
    writeShare(carried, offset, end, into, at + GENERIC_HEADER_LENGTH, carriedAt);
  }
}

/** Joins messages of the generic payload. It has no state. */
export const genericDepacketizer: Depacketizer = {
  format: 'generic',
  single: false,

  parse(packet: Uint8Array, { payloadStart, payloadEnd }: RtpHeader, into: Fragment): DropReason | undefined {
    if (payloadEnd - payloadStart < GENERIC_HEADER_LENGTH) return 'malformed-generic';
    // The five bits after the version are for the future: not checked.
    if (packet[payloadStart]! >> 5 !== GENERIC_VERSION) return 'malformed-generic';
    const start = payloadStart + GENERIC_HEADER_LENGTH;
    const total = uint32(packet, payloadStart + 4);
    const offset = uint24(packet, payloadStart + 1);
    if (total > MAX_FRAME_BYTES) return 'frame-too-large';
    if (offset + payloadEnd - start > total || (start === payloadEnd && total > 0))
      return 'malformed-generic';
    into.start = start;
    into.end = payloadEnd;
    into.offset = offset;
    into.total = total;
    into.kind = total;
    into.variant = 0;
    return undefined;
  },

  join(parts: FrameParts): Uint8Array {
    const message = new Uint8Array(parts.length);
    copyParts(parts, message, 0);
    return message;
  },
};

const GENERIC_VERSION = 1;
