import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import type { RtpHeader } from '../packet/rtp.js';

/** Payload type of repair packets. */
export const REPAIR_PAYLOAD_TYPE = 127;

/** Bytes of a repair packet's payload before the repair symbol. */
export const REPAIR_HEADER_LENGTH = 10;

/**
 * The header of a repair packet's payload: which block it repairs, and as which symbol. Normative in
 * docs/wire-format.md. The packet's RTP timestamp is that of the block's packets.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        SSRC of source                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     first sequence number     |   source (k)  |    symbol     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    request    |   following   |       repair symbol ...       |
 * ```
 */
export interface RepairHeader {
  /** The stream whose packets it repairs. */
  sourceSsrc: number;
  /** Of the block's first source packet: 16 bits, as on the wire. */
  firstSequenceNumber: number;
  /** Source packets in the block: 1 to 254. */
  count: number;
  /** Number of the repair symbol, from 0; `count + symbol` is at most 254. */
  symbol: number;
  /** The request that it answers: 1 to 255, or 0 when nobody asked. */
  request: number;
  /** Repair packets of the same frame that were sent right after it: 255 for that many or more. */
  following: number;
}

/**
 * Reads the header of a repair packet's payload. Never throws.
 * @returns undefined when it can't be one, or its symbol is empty
 */
export function readRepairHeader(
  packet: Uint8Array,
  { payloadStart, payloadEnd }: Pick<RtpHeader, 'payloadStart' | 'payloadEnd'>,
): RepairHeader | undefined {
  if (payloadEnd - payloadStart < REPAIR_HEADER_LENGTH + SYMBOL_PREFIX_LENGTH) return undefined;
  const count = packet[payloadStart + 6]!;
  const symbol = packet[payloadStart + 7]!;
  if (count === 0 || count + symbol > 254) return undefined;
  return {
    sourceSsrc: uint32(packet, payloadStart),
    firstSequenceNumber: uint16(packet, payloadStart + 4),
    count,
    symbol,
    request: packet[payloadStart + 8]!,
    following: packet[payloadStart + 9]!,
  };
}

/** Writes the header of a repair packet's payload. */
export function writeRepairHeader(header: RepairHeader, into: Uint8Array, at: number): void {
  putUint32(into, at, header.sourceSsrc);
  putUint16(into, at + 4, header.firstSequenceNumber);
  into[at + 6] = header.count;
  into[at + 7] = header.symbol;
  into[at + 8] = header.request;
  into[at + 9] = Math.min(255, header.following);
}

/**
 * Whether a repair packet is too far ahead of its stream's newest source packet to be of that stream. Believed, it would
 * have all that comes meanwhile pass for old.
 */
export const isAstray = (secondsAhead: number, packetsAhead: number): boolean =>
  secondsAhead > 1 || packetsAhead > 8192;

/** Bytes that stand before a source packet's bytes in its symbol: its length and its first two bytes. */
export const SYMBOL_PREFIX_LENGTH = 4;
