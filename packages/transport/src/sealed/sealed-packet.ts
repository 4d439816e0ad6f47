import { HhbError } from '@hellohaybye/core';
import { putUint32, uint32 } from '../bytes.js';
import { rtcpType } from '../packet/rtcp.js';

/** Something that is sealed for one peer, by other means than those of SRTP. */
export interface SealedPacket {
  /** The control source of whoever sends it. */
  sender: number;
  /** The control source of whom it is for. */
  receiver: number;
  data: Uint8Array;
}

/** Most bytes of what is sealed: it has to fit into a datagram. */
export const MAX_SEALED_BYTES = 1024;

/**
 * A sealed message as an RTCP APP packet (RFC 3550, section 6.7) of the name `HHBK`, by itself in a datagram and without
 * SRTCP. Normative in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|0|    0    |   PT=APP=204  |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Control SSRC of sender                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            "HHBK"                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   Control SSRC of receiver                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Bytes of the message      |   Message, padded with zeros  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export function writeSealed({ sender, receiver, data }: SealedPacket): Uint8Array {
  const datagram = new Uint8Array(Math.ceil((HEADER_LENGTH + data.length) / 4) * 4);
  datagram[0] = FIRST_BYTE;
  datagram[1] = rtcpType.application;
  datagram[3] = datagram.length / 4 - 1;
  datagram[2] = (datagram.length / 4 - 1) >> 8;
  putUint32(datagram, 4, sender);
  putUint32(datagram, 8, NAME);
  putUint32(datagram, 12, receiver);
  datagram[16] = data.length >> 8;
  datagram[17] = data.length;
  datagram.set(data, HEADER_LENGTH);
  return datagram;
}

/**
 * Whether a datagram is such a packet, well-formed or not. None that SRTCP protects is: the length in its header leaves
 * out what protection adds.
 */
export const isSealed = (datagram: Uint8Array): boolean =>
  datagram.length >= 12 &&
  datagram[0] === FIRST_BYTE &&
  datagram[1] === rtcpType.application &&
  ((datagram[2]! << 8) | datagram[3]!) === datagram.length / 4 - 1 &&
  uint32(datagram, 8) === NAME;

/** Reads what `isSealed` let through. Never throws. @returns undefined when it is malformed; its data is a copy */
export function readSealed(datagram: Uint8Array): SealedPacket | undefined {
  if (datagram.length < HEADER_LENGTH) return undefined;
  const length = (datagram[16]! << 8) | datagram[17]!;
  const padding = datagram.length - HEADER_LENGTH - length;
  if (length === 0 || length > MAX_SEALED_BYTES || padding < 0 || padding > 3) return undefined;
  return {
    sender: uint32(datagram, 4),
    receiver: uint32(datagram, 12),
    data: datagram.slice(HEADER_LENGTH, HEADER_LENGTH + length),
  };
}

/** @throws HhbError `message-too-large`, `bad-option` when there is nothing in it */
export function checkSealed({ length }: Uint8Array): void {
  if (length === 0) throw new HhbError('bad-option', 'A sealed message has at least one byte');
  if (length > MAX_SEALED_BYTES) {
    const text = `A sealed message of ${length} bytes is over the ${MAX_SEALED_BYTES} that one may have`;
    throw new HhbError('message-too-large', text);
  }
}

/** Version 2, no padding, subtype 0. */
const FIRST_BYTE = 0x80;
/** "HHBK" in ASCII. */
const NAME = 0x4848424b;
const HEADER_LENGTH = 18;
