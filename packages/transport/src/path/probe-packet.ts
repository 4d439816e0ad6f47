import { putUint32, uint32 } from '../bytes.js';
import { rtcpType, type OtherRtcp, type RtcpPacket } from '../packet/rtcp.js';

/** What a probe is known again by: 64 random bits. */
export interface Transaction {
  high: number;
  low: number;
}

/** Asks an address whether it answers, or answers. */
export interface Probe {
  kind: 'request' | 'response';
  /** The control source of whoever sends it. */
  sender: number;
  /** The control source of whom it is for. */
  receiver: number;
  transaction: Transaction;
}

/**
 * A probe as an RTCP APP packet (RFC 3550, section 6.7) of the name `HHBP`. Normative in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P| subtype |   PT=APP=204  |           length = 5          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Control SSRC of sender                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            "HHBP"                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   Control SSRC of receiver                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * +                     Transaction (64 bits)                     +
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Request and response have the same length, so nobody is sent more than was sent in their name.
 */
export function writeProbe({ kind, sender, receiver, transaction }: Probe): OtherRtcp {
  const body = new Uint8Array(BODY_LENGTH);
  putUint32(body, 0, sender);
  putUint32(body, 4, NAME);
  putUint32(body, 8, receiver);
  putUint32(body, 12, transaction.high);
  putUint32(body, 16, transaction.low);
  return { type: 'other', packetType: rtcpType.application, count: kinds.indexOf(kind), body };
}

/** Whether an RTCP packet is a probe, well-formed or not. */
export const isProbe = (packet: RtcpPacket): packet is OtherRtcp =>
  packet.type === 'other' &&
  packet.packetType === rtcpType.application &&
  packet.body.length >= 8 &&
  uint32(packet.body, 4) === NAME;

/** Reads what `isProbe` let through. Never throws. @returns undefined when it is malformed */
export function readProbe({ count, body }: OtherRtcp): Probe | undefined {
  const kind = kinds[count];
  if (!kind || body.length !== BODY_LENGTH) return undefined;
  return {
    kind,
    sender: uint32(body, 0),
    receiver: uint32(body, 8),
    transaction: { high: uint32(body, 12), low: uint32(body, 16) },
  };
}

/** By subtype. */
const kinds = ['request', 'response'] as const;
/** "HHBP" in ASCII. */
const NAME = 0x48484250;
const BODY_LENGTH = 20;
