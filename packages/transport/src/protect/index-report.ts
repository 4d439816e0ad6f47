import { putUint16, putUint32, uint16, uint32 } from '../bytes.js';
import type { PacketIndex } from './srtp-key.js';

/**
 * How far sources have come: an RTCP APP packet (RFC 3550, section 6.7) named `HHBI`, with 12 bytes a source. Normative
 * in docs/wire-format.md.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|0|    0    |    PT=204     |            length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    SSRC of the sender report                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       'H'     |      'H'      |      'B'      |      'I'      |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                            SSRC                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               0               |    rollover counter, upper    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    rollover counter, lower    |       sequence number         |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * ```
 *
 * @returns the compound packet with it after its first part, a sender report
 */
export function addIndexReport(compound: Uint8Array, indices: readonly PacketIndex[]): Uint8Array {
  const reportEnd = 4 + 4 * uint16(compound, 2);
  const length = HEADER_LENGTH + ENTRY_LENGTH * indices.length;
  const longer = new Uint8Array(compound.length + length);
  longer.set(compound.subarray(0, reportEnd));
  longer.set(compound.subarray(reportEnd), reportEnd + length);
  longer[reportEnd] = 0x80;
  longer[reportEnd + 1] = APPLICATION_DEFINED;
  putUint16(longer, reportEnd + 2, length / 4 - 1);
  longer.set(compound.subarray(4, 8), reportEnd + 4);
  putUint32(longer, reportEnd + 8, NAME);
  let at = reportEnd + HEADER_LENGTH;
  for (const { ssrc, index } of indices) {
    putUint32(longer, at, ssrc);
    putUint32(longer, at + 4, Math.floor(index / 2 ** 32));
    putUint32(longer, at + 8, index % 2 ** 32);
    at += ENTRY_LENGTH;
  }
  return longer;
}

/** Whether a compound packet begins with a whole sender report. */
export const hasSenderReport = (compound: Uint8Array): boolean =>
  compound.length >= 8 && compound[1] === SENDER_REPORT && 4 + 4 * uint16(compound, 2) <= compound.length;

/** What a compound packet tells of indices. Never throws: what does not fit is passed over. */
export function readIndexReports(compound: Uint8Array): PacketIndex[] {
  const indices: PacketIndex[] = [];
  let next: number;
  for (let at = 0; at + 4 <= compound.length; at = next) {
    next = at + 4 + 4 * uint16(compound, at + 2);
    if (next > compound.length) break;
    if (compound[at + 1] !== APPLICATION_DEFINED || next < at + HEADER_LENGTH) continue;
    if ((compound[at]! & 0x3f) !== 0 || uint32(compound, at + 8) !== NAME) continue;
    for (let entry = at + HEADER_LENGTH; entry + ENTRY_LENGTH <= next; entry += ENTRY_LENGTH) {
      const index = uint32(compound, entry + 4) * 2 ** 32 + uint32(compound, entry + 8);
      if (index < 2 ** 48) indices.push({ ssrc: uint32(compound, entry), index });
    }
  }
  return indices;
}

const APPLICATION_DEFINED = 204;
const SENDER_REPORT = 200;
const HEADER_LENGTH = 12;
const ENTRY_LENGTH = 12;
/** `HHBI` in ASCII. */
const NAME = 0x48484249;
/** Sources that one report tells of. */
export const MAX_REPORTED_INDICES = 6;
/** Bytes that a report adds, at most. */
export const MAX_INDEX_REPORT = HEADER_LENGTH + ENTRY_LENGTH * MAX_REPORTED_INDICES;
