import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import type { OtherRtcp } from './rtcp.js';

/** RTCP packet types of feedback (RFC 4585, section 6.1); the packet's count is then its format. */
export const feedbackType = {
  transportLayer: 205,
  payloadSpecific: 206,
} as const;

/** The format of a generic NACK among transport layer feedback. */
export const GENERIC_NACK = 1;

/**
 * Packets that a receiver misses (generic NACK, RFC 4585, section 6.2.1), as the body of transport layer
 * feedback of format 1.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    SSRC of packet sender                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    SSRC of media source                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | PID: a lost one               | BLP: a bit for each of next 16|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface Nack {
  senderSsrc: number;
  mediaSsrc: number;
  /** Sequence numbers, 16 bits as on the wire; in sending order they take the fewest bytes. */
  lost: number[];
}

/**
 * Reads the body of a generic NACK. Never throws. It names at most 17 packets in each 4 bytes.
 * @returns undefined when it is malformed or names none
 */
export function readNack(body: Uint8Array): Nack | undefined {
  if (body.length < HEADER_LENGTH + ENTRY_LENGTH || body.length % 4 !== 0) return undefined;
  const lost: number[] = [];
  for (let at = HEADER_LENGTH; at < body.length; at += ENTRY_LENGTH) {
    const first = uint16(body, at);
    lost.push(first);
    for (let bits = uint16(body, at + 2), next = first + 1; bits !== 0; bits >>>= 1, next += 1) {
      if (bits & 1) lost.push(next & 0xffff);
    }
  }
  return { senderSsrc: uint32(body, 0), mediaSsrc: uint32(body, 4), lost };
}

/** Makes a generic NACK. The caller sees to it that it names at least one packet, and fits a datagram. */
export function writeNack({ senderSsrc, mediaSsrc, lost }: Nack): OtherRtcp {
  const entries: { first: number; following: number }[] = [];
  for (const number of lost) {
    const last = entries.at(-1);
    const distance = last ? (number - last.first) & 0xffff : Infinity;
    if (distance > 16) entries.push({ first: number, following: 0 });
    else if (distance > 0) last!.following |= 1 << (distance - 1);
  }
  const body = new Uint8Array(HEADER_LENGTH + ENTRY_LENGTH * entries.length);
  putUint32(body, 0, senderSsrc);
  putUint32(body, 4, mediaSsrc);
  entries.forEach(({ first, following }, index) => {
    putUint16(body, HEADER_LENGTH + ENTRY_LENGTH * index, first);
    putUint16(body, HEADER_LENGTH + ENTRY_LENGTH * index + 2, following);
  });
  return { type: 'other', packetType: feedbackType.transportLayer, count: GENERIC_NACK, body };
}

const HEADER_LENGTH = 8;
const ENTRY_LENGTH = 4;
