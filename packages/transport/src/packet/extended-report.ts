import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import type { NtpTime } from './ntp.js';

/**
 * RTCP extended report (RFC 3611, section 2): blocks of several types, of which those two are known here by
 * which who only receives gets to know the round-trip time. Blocks of other types are passed over.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|reserved |   PT=XR=207   |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                              SSRC                             |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |      BT       | type-specific | words of contents             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     block contents, next block                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface ExtendedReport {
  type: 'extended-report';
  /** Who reports. */
  ssrc: number;
  blocks: ExtendedReportBlock[];
}

export type ExtendedReportBlock = ReceiverReferenceTime | ReceiverReferenceDelays;

/** What a receiver's clock says (RFC 3611, section 4.4: RRTR, block type 4). */
export interface ReceiverReferenceTime {
  type: 'receiver-reference-time';
  ntp: NtpTime;
}

/** The answer to it (RFC 3611, section 4.5: DLRR, block type 5), to any number of receivers. */
export interface ReceiverReferenceDelays {
  type: 'receiver-reference-delays';
  delays: ReceiverReferenceDelay[];
}

/** The answer to one receiver. */
export interface ReceiverReferenceDelay {
  /** The receiver. */
  ssrc: number;
  /** LRR: middle 32 bits of the NTP timestamp of its last reference time; 0 before the first. */
  lastReferenceTime: number;
  /** DLRR: since that came, in units of 2^-16 s; 0 before the first. */
  delaySinceLastReferenceTime: number;
}

/** Bytes of the packet's body, after its 4-byte header. */
export const extendedReportLength = ({ blocks }: ExtendedReport): number =>
  blocks.reduce((length, block) => length + BLOCK_HEADER_LENGTH + contentLength(block), 4);

/** Reads the body of an XR packet. */
export function readExtendedReport(body: Uint8Array): ExtendedReport | undefined {
  if (body.length < 4) return undefined;
  const blocks: ExtendedReportBlock[] = [];
  let at = 4;
  while (at < body.length) {
    if (at + BLOCK_HEADER_LENGTH > body.length) return undefined;
    const blockType = body[at]!;
    const start = at + BLOCK_HEADER_LENGTH;
    at = start + 4 * uint16(body, at + 2);
    if (at > body.length) return undefined;
    if (blockType === REFERENCE_TIME) {
      if (at - start !== REFERENCE_TIME_LENGTH) return undefined;
      const ntp = { seconds: uint32(body, start), fraction: uint32(body, start + 4) };
      blocks.push({ type: 'receiver-reference-time', ntp });
    } else if (blockType === REFERENCE_DELAYS) {
      if ((at - start) % DELAY_LENGTH !== 0) return undefined;
      const count = (at - start) / DELAY_LENGTH;
      const delays = Array.from({ length: count }, (_, index) =>
        readDelay(body, start + DELAY_LENGTH * index),
      );
      blocks.push({ type: 'receiver-reference-delays', delays });
    }
  }
  return { type: 'extended-report', ssrc: uint32(body, 0), blocks };
}

export function writeExtendedReport({ ssrc, blocks }: ExtendedReport, into: Uint8Array, at: number): void {
  putUint32(into, at, ssrc);
  at += 4;
  for (const block of blocks) {
    into[at] = block.type === 'receiver-reference-time' ? REFERENCE_TIME : REFERENCE_DELAYS;
    putUint16(into, at + 2, contentLength(block) / 4);
    at += BLOCK_HEADER_LENGTH;
    if (block.type === 'receiver-reference-time') {
      putUint32(into, at, block.ntp.seconds);
      putUint32(into, at + 4, block.ntp.fraction);
    } else {
      block.delays.forEach((delay, index) => writeDelay(delay, into, at + DELAY_LENGTH * index));
    }
    at += contentLength(block);
  }
}

const contentLength = (block: ExtendedReportBlock): number =>
  block.type === 'receiver-reference-time' ? REFERENCE_TIME_LENGTH : DELAY_LENGTH * block.delays.length;

const readDelay = (body: Uint8Array, at: number): ReceiverReferenceDelay => ({
  ssrc: uint32(body, at),
  lastReferenceTime: uint32(body, at + 4),
  delaySinceLastReferenceTime: uint32(body, at + 8),
});

function writeDelay(delay: ReceiverReferenceDelay, into: Uint8Array, at: number): void {
  putUint32(into, at, delay.ssrc);
  putUint32(into, at + 4, delay.lastReferenceTime);
  putUint32(into, at + 8, delay.delaySinceLastReferenceTime);
}

const BLOCK_HEADER_LENGTH = 4;
const REFERENCE_TIME = 4;
const REFERENCE_TIME_LENGTH = 8;
const REFERENCE_DELAYS = 5;
const DELAY_LENGTH = 12;
