import { putUint16, putUint32, uint16 } from '../bytes.js';
import { RTP_HEADER_LENGTH } from '../packet/rtp.js';
import { SYMBOL_PREFIX_LENGTH } from './repair-packet.js';

/**
 * A source packet as a symbol: what all packets of a block have in common, or that follows from their place
 * (sequence number, timestamp, SSRC), is left out.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     bytes of the packet       |   the packet's first 2 bytes  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   the packet from its 13th byte on, then zeros ...            |
 * ```
 * @param into zeros
 */
export function writeSymbol(packet: Uint8Array, into: Uint8Array): void {
  putUint16(into, 0, packet.length);
  into[2] = packet[0]!;
  into[3] = packet[1]!;
  into.set(packet.subarray(RTP_HEADER_LENGTH), SYMBOL_PREFIX_LENGTH);
}

/** Bytes of the symbols of a block whose longest packet has `longest` bytes. */
export const symbolLength = (longest: number): number => longest - RTP_HEADER_LENGTH + SYMBOL_PREFIX_LENGTH;

/**
 * The source packet of a symbol.
 * @param sequenceNumber 16 bits
 * @param timestamp 32 bits
 * @returns undefined when the symbol is none: somebody's packets did not belong together
 */
export function packetOfSymbol(
  symbol: Uint8Array,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): Uint8Array | undefined {
  const length = uint16(symbol, 0);
  if (length < RTP_HEADER_LENGTH || symbolLength(length) > symbol.length) return undefined;
  const packet = new Uint8Array(length);
  packet[0] = symbol[2]!;
  packet[1] = symbol[3]!;
  putUint16(packet, 2, sequenceNumber);
  putUint32(packet, 4, timestamp);
  putUint32(packet, 8, ssrc);
  packet.set(symbol.subarray(SYMBOL_PREFIX_LENGTH, symbolLength(length)), RTP_HEADER_LENGTH);
  return packet;
}
