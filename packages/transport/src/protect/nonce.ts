/**
 * What a packet's key stream begins with: the session salt, with SSRC and index added to its last 10 bytes
 * (RFC 3711, section 4.1.1, without the block counter; RFC 7714, sections 8.1 and 9.1).
 * @param index 48 bits of an RTP packet, 31 of an RTCP packet
 * @param into as long as the salt, or longer
 */
export function writeNonce(salt: Uint8Array, ssrc: number, index: number, into: Uint8Array): void {
  into.set(salt);
  const at = salt.length - 10;
  const high = Math.floor(index / 2 ** 32);
  into[at]! ^= ssrc >>> 24;
  into[at + 1]! ^= ssrc >>> 16;
  into[at + 2]! ^= ssrc >>> 8;
  into[at + 3]! ^= ssrc;
  into[at + 4]! ^= high >>> 8;
  into[at + 5]! ^= high;
  into[at + 6]! ^= index >>> 24;
  into[at + 7]! ^= index >>> 16;
  into[at + 8]! ^= index >>> 8;
  into[at + 9]! ^= index;
}
