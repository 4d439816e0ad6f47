/**
 * Tells what a datagram of a media socket is, from its first two bytes (RFC 5761, section 4): RTCP has its
 * packet type, 192 to 223, where RTP has marker and payload type, so RTP here has no payload type 64 to 95.
 * @returns a drop reason when it is neither
 */
export function demultiplex(datagram: Uint8Array): 'rtp' | 'rtcp' | 'too-short' | 'wrong-version' {
  // The shortest packet of the two is an RTCP packet without a body, such as a BYE that names nobody.
  if (datagram.length < 4) return 'too-short';
  if (datagram[0]! >> 6 !== 2) return 'wrong-version';
  const second = datagram[1]!;
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
}
