import { putUint16, uint16 } from '../bytes.js';
import {
  extendedReportLength,
  readExtendedReport,
  writeExtendedReport,
  type ExtendedReport,
} from './extended-report.js';
import { goodbyeLength, readGoodbye, writeGoodbye, type Goodbye } from './goodbye.js';
import {
  readReceiverReport,
  readSenderReport,
  reportLength,
  writeReport,
  type ReceiverReport,
  type SenderReport,
} from './reports.js';
import {
  readSourceDescription,
  sourceDescriptionLength,
  writeSourceDescription,
  type SourceDescription,
} from './source-description.js';

/** An RTCP packet of a type that has no fields here, such as feedback (RFC 4585: types 205 and 206). */
export interface OtherRtcp {
  type: 'other';
  packetType: number;
  /** The 5 bits after version and padding: a count, or the feedback message's type. */
  count: number;
  /** What follows the 4-byte header, without padding: a multiple of 4 bytes. */
  body: Uint8Array;
}

/** One RTCP packet of a compound one. */
export type RtcpPacket =
  SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport | OtherRtcp;

/** RTCP packet types (RFC 3550, section 12.1; RFC 3611, section 6.2). */
export const rtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  application: 204,
  extendedReport: 207,
} as const;

/**
 * Reads a compound RTCP packet (RFC 3550, section 6.1 and A.2): packets of version 2 one after the other,
 * whose lengths add up to the datagram's; only the last may be padded. That the first is a report is not
 * asked for, so reduced-size RTCP (RFC 5506) passes. Never throws.
 * @returns undefined when one of them is malformed: then none of them counts
 */
export function parseRtcp(datagram: Uint8Array): RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < datagram.length) {
    if (at + 4 > datagram.length) return undefined;
    const first = datagram[at]!;
    if (first >> 6 !== 2) return undefined;
    const next = at + 4 + 4 * uint16(datagram, at + 2);
    if (next > datagram.length) return undefined;
    let end = next;
    if (first & 0x20) {
      if (next !== datagram.length || next === at + 4) return undefined;
      const padding = datagram[next - 1]!;
      if (padding === 0 || padding % 4 !== 0 || next - padding < at + 4) return undefined;
      end -= padding;
    }
    const packet = readBody(datagram[at + 1]!, first & 0x1f, datagram.subarray(at + 4, end));
    if (!packet) return undefined;
    packets.push(packet);
    at = next;
  }
  return packets.length > 0 ? packets : undefined;
}

/** Makes a compound RTCP packet. The caller sees to it that a report comes first and a CNAME is in it. */
export function serializeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const datagram = new Uint8Array(packets.reduce((length, packet) => length + 4 + bodyLength(packet), 0));
  let at = 0;
  for (const packet of packets) {
    const length = bodyLength(packet);
    datagram[at] = 0x80 | countOf(packet);
    datagram[at + 1] = packetTypeOf(packet);
    putUint16(datagram, at + 2, length / 4);
    writeBody(packet, datagram, at + 4);
    at += 4 + length;
  }
  return datagram;
}

function readBody(packetType: number, count: number, body: Uint8Array): RtcpPacket | undefined {
  switch (packetType) {
    case rtcpType.senderReport:
      return readSenderReport(body, count);
    case rtcpType.receiverReport:
      return readReceiverReport(body, count);
    case rtcpType.sourceDescription:
      return readSourceDescription(body, count);
    case rtcpType.goodbye:
      return readGoodbye(body, count);
    case rtcpType.extendedReport:
      return readExtendedReport(body);
    default:
      return { type: 'other', packetType, count, body };
  }
}

function bodyLength(packet: RtcpPacket): number {
  switch (packet.type) {
    case 'source-description':
      return sourceDescriptionLength(packet);
    case 'goodbye':
      return goodbyeLength(packet);
    case 'extended-report':
      return extendedReportLength(packet);
    case 'other':
      return packet.body.length;
    default:
      return reportLength(packet);
  }
}

function writeBody(packet: RtcpPacket, into: Uint8Array, at: number): void {
  switch (packet.type) {
    case 'source-description':
      return writeSourceDescription(packet, into, at);
    case 'goodbye':
      return writeGoodbye(packet, into, at);
    case 'extended-report':
      return writeExtendedReport(packet, into, at);
    case 'other':
      return into.set(packet.body, at);
    default:
      return writeReport(packet, into, at);
  }
}

function countOf(packet: RtcpPacket): number {
  switch (packet.type) {
    case 'source-description':
      return packet.chunks.length;
    case 'goodbye':
      return packet.ssrcs.length;
    case 'extended-report':
      return 0;
    case 'other':
      return packet.count;
    default:
      return packet.reports.length;
  }
}

function packetTypeOf(packet: RtcpPacket): number {
  switch (packet.type) {
    case 'sender-report':
      return rtcpType.senderReport;
    case 'receiver-report':
      return rtcpType.receiverReport;
    case 'source-description':
      return rtcpType.sourceDescription;
    case 'goodbye':
      return rtcpType.goodbye;
    case 'extended-report':
      return rtcpType.extendedReport;
    case 'other':
      return packet.packetType;
  }
}
