import { micros, type Micros } from '@hellohaybye/core';
import { feedbackType } from '../packet/feedback.js';
import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import type { OtherRtcp } from '../packet/rtcp.js';

/** What a receiver has of one block's repair symbols. */
export interface BlockState {
  /** Sequence number of the block's first source packet: 16 bits. */
  firstSequenceNumber: number;
  received: number;
  /** Highest symbol that was seen. */
  highest: number;
}

/**
 * What a receiver has of a frame, and how it fares: application layer feedback (RFC 4585, section 6.4).
 * It is a request when `asks` is set, otherwise a report of losses alone. Normative in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P| FMT=15  |    PT=206     |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  SSRC of packet sender                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  SSRC of media source                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  name: "HHBR"                                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    request    |R|A|F|H|T| MBZ |           time left           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           deadline            |          share lost           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     burst     |  queue delay  |        sequence number        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    bits or frames ahead       |    blocks     |      MBZ      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | received source packets: a bit each, first in the highest bit,|
 * | padded with zeros to 32 bits ...                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  block: first sequence number |    received   |    highest    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface RepairFeedback {
  senderSsrc: number;
  mediaSsrc: number;
  /** 1 to 255, given back by the packets that answer it. */
  request: number;
  /** R: something is asked for. */
  asks: boolean;
  /** A: no packet of the frame was seen; `ahead` tells which frame. */
  absent: boolean;
  /** F: all that is missing may be sent at once; otherwise an absent frame is answered by one packet. */
  inFull: boolean;
  /** H: what comes before `sequenceNumber` in the frame was not received either. */
  headMissing: boolean;
  /** T: what comes after the last of `received` in the frame was not received either, and is overdue. */
  tailMissing: boolean;
  /** Until the frame is of no use any more: up to 1 s. */
  timeLeft: Micros;
  /** From when a frame's first packet comes until the frame is of no use: up to 1 s. */
  deadline: Micros;
  /** Share of source packets that got lost lately: 0 to 1. */
  shareLost: number;
  /** Mean length of their runs, packets: 0 to 63. */
  burst: number;
  /** How much longer packets travel than the fastest ones did, at least: up to 255 ms. */
  queueDelay: Micros;
  /** Of the frame's first packet that was seen; for an absent frame, one after the highest that was seen. */
  sequenceNumber: number;
  /** For an absent frame: how many frames after the one with `sequenceNumber` it is. */
  ahead: number;
  /** Whether each packet from `sequenceNumber` on was received. */
  received: readonly boolean[];
  blocks: readonly BlockState[];
}

/** Most packets that one message tells of: 512 bytes of them. */
export const MAX_FEEDBACK_BITS = 4096;

/** Makes the message as an RTCP packet. */
export function writeFeedback(feedback: RepairFeedback): OtherRtcp {
  const { received, blocks, absent } = feedback;
  const words = absent ? 0 : Math.ceil(received.length / 32);
  const body = new Uint8Array(FIXED_LENGTH + 4 * words + 4 * blocks.length);
  putUint32(body, 0, feedback.senderSsrc);
  putUint32(body, 4, feedback.mediaSsrc);
  putUint32(body, 8, NAME);
  body[12] = feedback.request;
  body[13] =
    (feedback.asks ? 0x80 : 0) |
    (absent ? 0x40 : 0) |
    (feedback.inFull ? 0x20 : 0) |
    (feedback.headMissing ? 0x10 : 0) |
    (feedback.tailMissing ? 0x08 : 0);
  putUint16(body, 14, shortSpan(feedback.timeLeft));
  putUint16(body, 16, shortSpan(feedback.deadline));
  putUint16(body, 18, Math.min(65_535, Math.round(feedback.shareLost * 65_536)));
  body[20] = Math.min(255, Math.round(feedback.burst * 4));
  body[21] = Math.min(255, Math.round(feedback.queueDelay / 1000));
  putUint16(body, 22, feedback.sequenceNumber);
  putUint16(body, 24, absent ? feedback.ahead : received.length);
  body[26] = blocks.length;
  if (!absent) {
    received.forEach((here, index) => {
      if (here) body[FIXED_LENGTH + (index >> 3)]! |= 0x80 >> (index & 7);
    });
  }
  blocks.forEach((block, index) => {
    const at = FIXED_LENGTH + 4 * words + 4 * index;
    putUint16(body, at, block.firstSequenceNumber);
    body[at + 2] = block.received;
    body[at + 3] = block.highest;
  });
  return { type: 'other', packetType: feedbackType.payloadSpecific, count: APPLICATION_LAYER, body };
}

/**
 * Reads the message. Never throws.
 * @returns undefined when the packet is something else, or malformed
 */
export function readFeedback({ packetType, count, body }: OtherRtcp): RepairFeedback | undefined {
  if (packetType !== feedbackType.payloadSpecific || count !== APPLICATION_LAYER) return undefined;
  if (body.length < FIXED_LENGTH || uint32(body, 8) !== NAME) return undefined;
  const flags = body[13]!;
  const absent = (flags & 0x40) !== 0;
  const bits = absent ? 0 : uint16(body, 24);
  const words = Math.ceil(bits / 32);
  const blockCount = body[26]!;
  if (bits > MAX_FEEDBACK_BITS || body.length < FIXED_LENGTH + 4 * words + 4 * blockCount) return undefined;
  return {
    senderSsrc: uint32(body, 0),
    mediaSsrc: uint32(body, 4),
    request: body[12]!,
    asks: (flags & 0x80) !== 0,
    absent,
    inFull: (flags & 0x20) !== 0,
    headMissing: (flags & 0x10) !== 0,
    tailMissing: (flags & 0x08) !== 0,
    timeLeft: spanOf(uint16(body, 14)),
    deadline: spanOf(uint16(body, 16)),
    shareLost: uint16(body, 18) / 65_536,
    burst: body[20]! / 4,
    queueDelay: micros(body[21]! * 1000),
    sequenceNumber: uint16(body, 22),
    ahead: absent ? uint16(body, 24) : 0,
    received: Array.from(
      { length: bits },
      (_, index) => (body[FIXED_LENGTH + (index >> 3)]! & (0x80 >> (index & 7))) !== 0,
    ),
    blocks: Array.from({ length: blockCount }, (_, index) => {
      const at = FIXED_LENGTH + 4 * words + 4 * index;
      return {
        firstSequenceNumber: uint16(body, at),
        received: body[at + 2]!,
        highest: body[at + 3]!,
      };
    }),
  };
}

/** Units of 2^-16 s, as reports have them, in 16 bits: up to a second. */
const shortSpan = (span: Micros): number => Math.max(0, Math.min(65_535, Math.floor(span * 0.065536)));
const spanOf = (units: number): Micros => micros(units / 0.065536);

/** RFC 4585, section 6.4. */
const APPLICATION_LAYER = 15;
/** "HHBR" */
const NAME = 0x48484252;
const FIXED_LENGTH = 28;
