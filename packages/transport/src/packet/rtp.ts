import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';

/** Bytes of an RTP header without contributing sources and extension. */
export const RTP_HEADER_LENGTH = 12;

/** A header extension (RFC 3550, section 5.3.1). */
export interface RtpExtension {
  /** 16 bits that the profile defines. */
  profile: number;
  /** A multiple of 4 bytes. */
  data: Uint8Array;
}

/**
 * The header of an RTP packet (RFC 3550, section 5.1) and where its payload lies.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                             SSRC                              |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                       CSRC (0 to 15 of them)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   extension: profile (16)     |   length in words (16), data  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface RtpHeader {
  marker: boolean;
  /** 0 to 127. */
  payloadType: number;
  /** 16 bits, as on the wire. */
  sequenceNumber: number;
  /** 32 bits, as on the wire. */
  timestamp: number;
  ssrc: number;
  csrcs: readonly number[];
  extension: RtpExtension | undefined;
  /** Offset of the payload's first byte within the packet. */
  payloadStart: number;
  /** Offset after the payload's last byte; padding follows, if any. */
  payloadEnd: number;
}

/** What `serializeRtp` makes a packet of. */
export interface RtpFields {
  marker?: boolean;
  /** 0 to 127. */
  payloadType: number;
  /** The low 16 bits are written. */
  sequenceNumber: number;
  /** The low 32 bits are written. */
  timestamp: number;
  ssrc: number;
  csrcs?: readonly number[];
  extension?: RtpExtension | undefined;
  payload: Uint8Array;
  /** Bytes of padding, its count byte included: 0 (none) to 255. */
  padding?: number;
}

/**
 * Reads the header of an RTP packet. Never throws.
 * @param into an object to fill, so that a busy receiver makes none for each packet
 * @returns undefined when the bytes are no RTP packet of version 2; `into` is then half filled
 */
export function parseRtp(packet: Uint8Array, into: RtpHeader = emptyRtpHeader()): RtpHeader | undefined {
  if (packet.length < RTP_HEADER_LENGTH) return undefined;
  const first = packet[0]!;
  if (first >> 6 !== 2) return undefined;
  const second = packet[1]!;
  into.marker = second > 127;
  into.payloadType = second & 0x7f;
  into.sequenceNumber = uint16(packet, 2);
  into.timestamp = uint32(packet, 4);
  into.ssrc = uint32(packet, 8);
  let at = RTP_HEADER_LENGTH;
  const contributors = first & 0x0f;
  if (contributors === 0) into.csrcs = none;
  else {
    if (at + 4 * contributors > packet.length) return undefined;
    into.csrcs = Array.from({ length: contributors }, (_, index) =>
      uint32(packet, RTP_HEADER_LENGTH + 4 * index),
    );
    at += 4 * contributors;
  }
  into.extension = undefined;
  if (first & 0x10) {
    if (at + 4 > packet.length) return undefined;
    const end = at + 4 + 4 * uint16(packet, at + 2);
    if (end > packet.length) return undefined;
    into.extension = { profile: uint16(packet, at), data: packet.subarray(at + 4, end) };
    at = end;
  }
  let end = packet.length;
  if (first & 0x20) {
    // RFC 3550, section 5.1: the last byte counts the padding, itself included.
    const padding = packet[end - 1]!;
    if (padding === 0 || at + padding > end) return undefined;
    end -= padding;
  }
  into.payloadStart = at;
  into.payloadEnd = end;
  return into;
}

/**
 * Writes the first 12 bytes of a packet that has neither contributing sources, extension nor padding.
 * @param at where in `into` the packet begins
 */
export function writeRtpHeader(
  into: Uint8Array,
  at: number,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): void {
  into[at] = 0x80;
  into[at + 1] = (marker ? 0x80 : 0) | payloadType;
  putUint16(into, at + 2, sequenceNumber);
  putUint32(into, at + 4, timestamp);
  putUint32(into, at + 8, ssrc);
}

/** Makes a whole RTP packet, with all that its header can have. */
export function serializeRtp(fields: RtpFields): Uint8Array {
  const { csrcs = none, extension, payload, padding = 0 } = fields;
  const extensionLength = extension ? 4 + extension.data.length : 0;
  const payloadStart = RTP_HEADER_LENGTH + 4 * csrcs.length + extensionLength;
  const packet = new Uint8Array(payloadStart + payload.length + padding);
  writeRtpHeader(
    packet,
    0,
    fields.marker ?? false,
    fields.payloadType,
    fields.sequenceNumber,
    fields.timestamp,
    fields.ssrc,
  );
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension ? 0x10 : 0) | csrcs.length;
  csrcs.forEach((csrc, index) => putUint32(packet, RTP_HEADER_LENGTH + 4 * index, csrc));
  if (extension) {
    const at = RTP_HEADER_LENGTH + 4 * csrcs.length;
    putUint16(packet, at, extension.profile);
    putUint16(packet, at + 2, extension.data.length / 4);
    packet.set(extension.data, at + 4);
  }
  packet.set(payload, payloadStart);
  if (padding > 0) packet[packet.length - 1] = padding;
  return packet;
}

/** A header to hand to `parseRtp` again and again. */
export const emptyRtpHeader = (): RtpHeader => ({
  marker: false,
  payloadType: 0,
  sequenceNumber: 0,
  timestamp: 0,
  ssrc: 0,
  csrcs: none,
  extension: undefined,
  payloadStart: 0,
  payloadEnd: 0,
});

const none: readonly number[] = [];
