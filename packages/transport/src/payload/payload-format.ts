import type { RtpHeader } from '../packet/rtp.js';
import type { DropReason } from '../drops.js';

/**
 * How frames travel: `jpeg` by RFC 2435, `l16` (16-bit PCM) by RFC 3551, section 4.5.11, `generic` (any
 * bytes) by docs/wire-format.md.
 */
export type Format = 'jpeg' | 'l16' | 'generic';

/** One format of a stream and how its packets are marked. */
export interface PayloadFormat {
  format: Format;
  /** 0 to 63 or 96 to 127: 64 to 95 can't be told from RTCP (RFC 5761). */
  payloadType: number;
  /** Timestamp ticks a second: 90000 for `jpeg` and, by custom, `generic`; the sample rate for `l16`. */
  clockRate: number;
  /** For `l16`: interleaved channels, 1 unless given. */
  channels?: number;
}

/** Most bytes that a frame or message can have: 16 MiB. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Turns frames of one format into payloads. */
export interface Packetizer {
  readonly format: Format;
  /**
   * Cuts a frame into packets without copying it.
   * @param frame must not change until the plan has been written out
   * @param room most bytes of payload, payload header included, in one packet
   * @returns undefined when this format can't carry the frame
   */
  plan(frame: Uint8Array, room: number): FramePlan | undefined;
}

/** How a frame is cut: the packets are numbered from 0. */
export interface FramePlan {
  readonly count: number;
  /** RTP ticks that the frame lasts where the timestamp counts its contents; 0 where it is an instant. */
  readonly duration: number;
  /** The bytes of the frame that its packets carry between them, one after the other. */
  readonly carried: Uint8Array;
  /** Bytes of a packet's payload, payload header included. */
  payloadLength(index: number): number;
  /** RTP ticks from the frame's timestamp to that of a packet. */
  timestampOffset(index: number): number;
  /** The marker bit of a packet. */
  marker(index: number): boolean;
  /**
   * Writes a packet's payload straight into its datagram.
   * @param carriedAt where in `into` a copy of `carried` stands, from which the packet's share is moved. Without
   *   it the share is taken from the frame: one more view, which costs as much as copying a packet.
   */
  write(index: number, into: Uint8Array, at: number, carriedAt?: number): void;
}

/** Reads payloads of one format and joins them. One object serves one stream: it may remember tables. */
export interface Depacketizer {
  readonly format: Format;
  /** Whether each packet is a frame by itself. */
  readonly single: boolean;
  /**
   * Reads a packet's payload header. Never throws.
   * @param into what was read, valid when nothing is returned
   * @returns why the packet is of no use, or undefined when it is
   */
  parse(packet: Uint8Array, header: RtpHeader, into: Fragment): DropReason | undefined;
  /**
   * Joins the packets of a whole frame into memory of its own.
   * @returns undefined when they do not make a frame after all
   */
  join(parts: FrameParts): Uint8Array | undefined;
}

/** Which bytes of a frame a packet carries. */
export interface Fragment {
  /** Where they begin within the packet. */
  start: number;
  /** Where they end within the packet. */
  end: number;
  /** Where they go within the frame. */
  offset: number;
  /** The frame's length, or -1 when this packet does not tell. */
  total: number;
  /** Two numbers that all packets of one frame have in common. */
  kind: number;
  variant: number;
}

/** The packets of a whole frame, in order of their place in it: the first `count` of each array. */
export interface FrameParts {
  readonly count: number;
  readonly packets: readonly Uint8Array[];
  /** Where each packet's RTP payload begins. */
  readonly payloadStarts: readonly number[];
  /** Where each packet's bytes of the frame begin. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly offsets: readonly number[];
  /** Bytes of the frame, as its packets count them. */
  readonly length: number;
}

/** A fragment to hand to `parse` again and again. */
export const emptyFragment = (): Fragment => ({
  start: 0,
  end: 0,
  offset: 0,
  total: -1,
  kind: 0,
  variant: 0,
});

/**
 * Writes a packet's share of `carried` (see `FramePlan.write`).
 * @param from where it begins in `carried`
 * @param to where it ends
 */
export function writeShare(
  carried: Uint8Array,
  from: number,
  to: number,
  into: Uint8Array,
  at: number,
  carriedAt: number | undefined,
): void {
  if (carriedAt === undefined) into.set(carried.subarray(from, to), at);
  else into.copyWithin(at, carriedAt + from, carriedAt + to);
}

/**
 * Copies the packets' bytes of a frame to where they belong. What stands before `at` is to be written after it:
 * from the last packet to the first each is copied with its header, which lands on the end of the packet before
 * it, and is overwritten with that. So no view is made, which would cost as much as the copy.
 */
export function copyParts(parts: FrameParts, into: Uint8Array, at: number): void {
  const { packets, starts, ends, offsets } = parts;
  for (let index = parts.count - 1; index >= 0; index -= 1) {
    const packet = packets[index]!;
    const start = starts[index]!;
    const end = ends[index]!;
    const to = at + offsets[index]!;
    // Padding would land on the packet after it, and the first header before the beginning.
    if (end === packet.length && start <= to) into.set(packet, to - start);
    else into.set(packet.subarray(start, end), to);
  }
}
