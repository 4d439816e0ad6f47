import { uint16 } from '../bytes.js';
import { RTP_HEADER_LENGTH } from '../packet/rtp.js';

/**
 * Bytes of an RTP packet that are never encrypted: its header, with contributing sources and extension.
 * @param end where the packet's own bytes end
 * @returns undefined when they do not fit
 */
export function rtpClearLength(packet: Uint8Array, end = packet.length): number | undefined {
  if (end < RTP_HEADER_LENGTH) return undefined;
  const first = packet[0]!;
  let length = RTP_HEADER_LENGTH + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (length + 4 > end) return undefined;
    length += 4 + 4 * uint16(packet, length + 2);
  }
  return length <= end ? length : undefined;
}
