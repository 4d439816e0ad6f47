import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import { RTP_HEADER_LENGTH, writeRtpHeader, type RtpHeader } from '../packet/rtp.js';
import { MAX_CONTROL_BYTES } from './limits.js';

/** Payload type of control packets. */
export const CONTROL_PAYLOAD_TYPE = 126;

/** Whom a control packet is for, and which lives of both sides it belongs to. */
export interface ControlSessions {
  /** SSRC of the receiver's control stream. */
  receiver: number;
  /** The sender's session: 1 to 2^32 - 1. */
  from: number;
  /** The receiver's session, as far as the sender knows; 0 in a hello that asks for it. */
  to: number;
}

/** Asks for the other side's session, or tells ours. */
export interface ControlHello extends ControlSessions {
  kind: 'hello';
}

/** What of the other side's packets came. */
export interface Acknowledged {
  /** The first sequence number that did not come: 32 bits, as on the wire. */
  next: number;
  /** The 64 after it, a bit each, in two words of 32 bits; the first in the highest bit of the first word. */
  received: readonly [number, number];
  /** How long ago the last packet came: units of 2^-16 s, 16 bits. */
  delay: number;
}

export interface ControlAcknowledgement extends ControlSessions, Acknowledged {
  kind: 'acknowledgement';
}

/** A message, or a part of one. */
export interface ControlData extends ControlSessions, Acknowledged {
  kind: 'data';
  /** 32 bits, as on the wire. */
  sequenceNumber: number;
  /** Whether it is to be acknowledged at once. */
  urgent: boolean;
  /** Whether it ends its message: the marker bit of its RTP header. */
  last: boolean;
  /** Read, it is part of the packet. */
  fragment: Uint8Array;
}

/**
 * The payload of a control packet. Normative in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | V=1 |Kind |U|       MBZ       |             Delay             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       SSRC of receiver                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Session of sender                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Session of receiver                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Next (not in a hello, nor is anything below it)        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * +                       Received (64 bits)                      +
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       Sequence number (in data alone, and the fragment)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Fragment ...                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export type ControlPayload = ControlHello | ControlAcknowledgement | ControlData;

/**
 * Reads the payload of a control packet. Never throws.
 * @returns undefined when it can't be one
 */
export function readControl(
  packet: Uint8Array,
  { payloadStart: at, payloadEnd, marker }: Pick<RtpHeader, 'payloadStart' | 'payloadEnd' | 'marker'>,
): ControlPayload | undefined {
  const length = payloadEnd - at;
  if (length < HELLO_LENGTH) return undefined;
  const first = packet[at]!;
  if (first >> 5 !== VERSION) return undefined;
  const kind = (first >> 2) & 7;
  const sessions = {
    receiver: uint32(packet, at + 4),
    from: uint32(packet, at + 8),
    to: uint32(packet, at + 12),
  };
  if (sessions.from === 0) return undefined;
  if (kind === HELLO) return length === HELLO_LENGTH ? { kind: 'hello', ...sessions } : undefined;
  if (sessions.to === 0 || length < ACKNOWLEDGEMENT_LENGTH) return undefined;
  const acknowledged = {
    next: uint32(packet, at + 16),
    received: [uint32(packet, at + 20), uint32(packet, at + 24)] as const,
    delay: uint16(packet, at + 2),
  };
  if (kind === ACKNOWLEDGEMENT) {
    return length === ACKNOWLEDGEMENT_LENGTH
      ? { kind: 'acknowledgement', ...sessions, ...acknowledged }
      : undefined;
  }
  const bytes = length - DATA_HEADER_LENGTH;
  // Only an empty message has an empty fragment.
  if (kind !== DATA || bytes < (marker ? 0 : 1) || bytes > MAX_CONTROL_BYTES) return undefined;
  return {
    kind: 'data',
    ...sessions,
    ...acknowledged,
    sequenceNumber: uint32(packet, at + 28),
    urgent: (first & URGENT) !== 0,
    last: marker,
    fragment: packet.subarray(at + DATA_HEADER_LENGTH, payloadEnd),
  };
}

/** Makes a whole RTP packet. Of `rtp` the low 16 and 32 bits are written. */
export function writeControl(
  payload: ControlPayload,
  rtp: { sequenceNumber: number; timestamp: number; ssrc: number },
): Uint8Array {
  const data = payload.kind === 'data' ? payload : undefined;
  const length = headerLengths[payload.kind] + (data ? data.fragment.length : 0);
  const packet = new Uint8Array(RTP_HEADER_LENGTH + length);
  const { sequenceNumber, timestamp, ssrc } = rtp;
  writeRtpHeader(packet, 0, data?.last ?? false, CONTROL_PAYLOAD_TYPE, sequenceNumber, timestamp, ssrc);
  const at = RTP_HEADER_LENGTH;
  packet[at] = (VERSION << 5) | (kinds[payload.kind] << 2) | (data?.urgent ? URGENT : 0);
  putUint32(packet, at + 4, payload.receiver);
  putUint32(packet, at + 8, payload.from);
  putUint32(packet, at + 12, payload.to);
  if (payload.kind === 'hello') return packet;
  putUint16(packet, at + 2, payload.delay);
  putUint32(packet, at + 16, payload.next);
  putUint32(packet, at + 20, payload.received[0]);
  putUint32(packet, at + 24, payload.received[1]);
  if (!data) return packet;
  putUint32(packet, at + 28, data.sequenceNumber);
  packet.set(data.fragment, at + DATA_HEADER_LENGTH);
  return packet;
}

const VERSION = 1;
const HELLO = 0;
const ACKNOWLEDGEMENT = 1;
const DATA = 2;
const kinds = { hello: HELLO, acknowledgement: ACKNOWLEDGEMENT, data: DATA } as const;
const URGENT = 2;
const HELLO_LENGTH = 16;
const ACKNOWLEDGEMENT_LENGTH = 28;
/** Bytes of a data packet's payload before its fragment. */
export const DATA_HEADER_LENGTH = 32;
const headerLengths = {
  hello: HELLO_LENGTH,
  acknowledgement: ACKNOWLEDGEMENT_LENGTH,
  data: DATA_HEADER_LENGTH,
} as const;
