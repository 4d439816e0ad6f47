import type { DropReason } from '../drops.js';

/**
 * Protection of packets, in the place of SRTP and SRTCP (RFC 3711): stages 4 and 8 of a frame's journey.
 * A packet is protected once, however many destinations it goes to. Keys come in from outside; what a
 * protector needs to know of a packet, such as its SSRC, it reads from the packet.
 */
export interface Protector {
  /** Bytes that protection adds to an RTP packet, at most: tag and key identifier. */
  readonly rtpOverhead: number;
  /** Bytes that protection adds to a compound RTCP packet, at most. */
  readonly rtcpOverhead: number;
  /** Who is known to have sent what was unprotected last; undefined where protection does not tell. */
  readonly sender: string | undefined;
  /**
   * Protects packets, such as those of a frame, in one go; they stay as they are, since repair is made from them later.
   * @returns for each of them the protected packet, or why it must not be sent
   */
  protectRtp(packets: readonly Uint8Array[]): readonly (Uint8Array | DropReason)[];
  protectRtcp(packet: Uint8Array): Uint8Array | DropReason;
  /** Never throws. @returns the packet as it was before protection, or why it is refused */
  unprotectRtp(datagram: Uint8Array): Uint8Array | DropReason;
  unprotectRtcp(datagram: Uint8Array): Uint8Array | DropReason;
}

/** No protection: packets go as they are. What `rtp` interop uses, and the default. */
export const noProtection: Protector = {
  rtpOverhead: 0,
  rtcpOverhead: 0,
  sender: undefined,
  protectRtp: (packets) => packets,
  protectRtcp: (packet) => packet,
  unprotectRtp: (datagram) => datagram,
  unprotectRtcp: (datagram) => datagram,
};
