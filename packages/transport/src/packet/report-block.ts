import { putUint24, putUint32, uint24, uint32 } from '../bytes.js';

/**
 * What a receiver says of one source (RFC 3550, section 6.4.1).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of the source                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | fraction lost |       cumulative number of packets lost       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           extended highest sequence number received           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      interarrival jitter                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         last SR (LSR)                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   delay since last SR (DLSR)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface ReportBlock {
  ssrc: number;
  /** Since the last report, in 256ths: 0 to 255. */
  fractionLost: number;
  /** Since the start; -2^23 to 2^23 - 1, negative when duplicates came. */
  cumulativeLost: number;
  /** Cycles of the sequence number in the high 16 bits, the highest number in the low ones. */
  highestSequenceNumber: number;
  /** RTP ticks. */
  jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last SR from the source; 0 before the first. */
  lastSenderReport: number;
  /** Units of 2^-16 s; 0 before the first SR. */
  delaySinceLastSenderReport: number;
}

export const REPORT_BLOCK_LENGTH = 24;

/** Most report blocks that one SR or RR can carry: its count has 5 bits. */
export const MAX_REPORT_BLOCKS = 31;

export function readReportBlocks(data: Uint8Array, at: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const start = at + index * REPORT_BLOCK_LENGTH;
    return {
      ssrc: uint32(data, start),
      fractionLost: data[start + 4]!,
      cumulativeLost: (uint24(data, start + 5) << 8) >> 8,
      highestSequenceNumber: uint32(data, start + 8),
      jitter: uint32(data, start + 12),
      lastSenderReport: uint32(data, start + 16),
      delaySinceLastSenderReport: uint32(data, start + 20),
    };
  });
}

export function writeReportBlocks(blocks: readonly ReportBlock[], into: Uint8Array, at: number): void {
  blocks.forEach((block, index) => {
    const start = at + index * REPORT_BLOCK_LENGTH;
    putUint32(into, start, block.ssrc);
    into[start + 4] = block.fractionLost;
    putUint24(into, start + 5, block.cumulativeLost);
    putUint32(into, start + 8, block.highestSequenceNumber);
    putUint32(into, start + 12, block.jitter);
    putUint32(into, start + 16, block.lastSenderReport);
    putUint32(into, start + 20, block.delaySinceLastSenderReport);
  });
}
