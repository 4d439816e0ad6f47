import { putUint32, uint32 } from '../bytes.js';
import type { NtpTime } from './ntp.js';
import {
  REPORT_BLOCK_LENGTH,
  readReportBlocks,
  writeReportBlocks,
  type ReportBlock,
} from './report-block.js';

/**
 * RTCP sender report (RFC 3550, section 6.4.1).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|    RC   |   PT=SR=200   |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         SSRC of sender                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                NTP timestamp: seconds, then fraction (64)     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         RTP timestamp                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     sender's packet count                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      sender's octet count                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  report blocks, RC of them                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface SenderReport {
  type: 'sender-report';
  ssrc: number;
  /** The sender's clock when the report left; both parts 0 when it has none. */
  ntp: NtpTime;
  /** The same instant on the stream's RTP clock. */
  rtpTimestamp: number;
  packetCount: number;
  /** Payload bytes, headers and padding not counted. */
  octetCount: number;
  /** At most 31. */
  reports: ReportBlock[];
}

/** RTCP receiver report (RFC 3550, section 6.4.2): packet type 201, as the SR without what only a sender knows. */
export interface ReceiverReport {
  type: 'receiver-report';
  ssrc: number;
  /** At most 31. */
  reports: ReportBlock[];
}

/** Bytes of the packet's body, after its 4-byte header. */
export const reportLength = (report: SenderReport | ReceiverReport): number =>
  (report.type === 'sender-report' ? 24 : 4) + REPORT_BLOCK_LENGTH * report.reports.length;

/** Reads the body of an SR; profile-specific extensions after the report blocks are passed over. */
export function readSenderReport(body: Uint8Array, count: number): SenderReport | undefined {
  if (body.length < 24 + REPORT_BLOCK_LENGTH * count) return undefined;
  return {
    type: 'sender-report',
    ssrc: uint32(body, 0),
    ntp: { seconds: uint32(body, 4), fraction: uint32(body, 8) },
    rtpTimestamp: uint32(body, 12),
    packetCount: uint32(body, 16),
    octetCount: uint32(body, 20),
    reports: readReportBlocks(body, 24, count),
  };
}

/** Reads the body of an RR. */
export function readReceiverReport(body: Uint8Array, count: number): ReceiverReport | undefined {
  if (body.length < 4 + REPORT_BLOCK_LENGTH * count) return undefined;
  return { type: 'receiver-report', ssrc: uint32(body, 0), reports: readReportBlocks(body, 4, count) };
}

export function writeReport(report: SenderReport | ReceiverReport, into: Uint8Array, at: number): void {
  putUint32(into, at, report.ssrc);
  if (report.type === 'receiver-report') return writeReportBlocks(report.reports, into, at + 4);
  putUint32(into, at + 4, report.ntp.seconds);
  putUint32(into, at + 8, report.ntp.fraction);
  putUint32(into, at + 12, report.rtpTimestamp);
  putUint32(into, at + 16, report.packetCount);
  putUint32(into, at + 20, report.octetCount);
  writeReportBlocks(report.reports, into, at + 24);
}
