import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDamage, anyRtcp, anyRtp, damaged } from '../testing/arbitrary.js';
import { guarded } from '../testing/guarded.js';
import { demultiplex } from './demultiplex.js';
import { readNack } from './feedback.js';
import { emptyRtpHeader, parseRtp, serializeRtp } from './rtp.js';
import { parseRtcp, serializeRtcp, type RtcpPacket } from './rtcp.js';

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 120, size: 'max' }),
  fc.tuple(anyRtp, anyDamage).map(([fields, damage]) => damaged(serializeRtp(fields), damage)),
  fc
    .tuple(fc.array(anyRtcp, { maxLength: 4 }), anyDamage)
    .map(([packets, damage]) => damaged(serializeRtcp(packets), damage)),
);

/** Things of which there can be many in a packet: each costs memory. */
function entries(packet: RtcpPacket): number {
  switch (packet.type) {
    case 'source-description':
      return packet.chunks.reduce((count, { items }) => count + 1 + items.length, 0);
    case 'goodbye':
      return packet.ssrcs.length;
    case 'extended-report':
      return packet.blocks.reduce((count, one) => count + ('delays' in one ? 1 + one.delays.length : 1), 0);
    case 'other':
      return 0;
    default:
      return packet.reports.length;
  }
}

describe('whatever the bytes', () => {
  it('demultiplex says one of four, from no more than two of them', () => {
    fc.assert(
      fc.property(anyBytes, fc.uint8Array({ maxLength: 10, size: 'max' }), (bytes, more) => {
        const kind = demultiplex(guarded(bytes));
        expect(['rtp', 'rtcp', 'too-short', 'wrong-version']).toContain(kind);
        if (bytes.length >= 4) expect(demultiplex(Uint8Array.from([...bytes, ...more]))).toBe(kind);
      }),
      { numRuns: 1000 },
    );
  });

  it('parseRtp reads within them, the same with a used header, and what serialises to the same', () => {
    const used = emptyRtpHeader();
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const before = Uint8Array.from(bytes);
        const header = parseRtp(guarded(bytes));
        expect(bytes).toEqual(before);
        expect(parseRtp(bytes, used) === undefined).toBe(header === undefined);
        if (!header) return;
        expect(used).toEqual(parseRtp(bytes));
        const { payloadStart, payloadEnd } = used;
        expect(payloadStart).toBeGreaterThanOrEqual(12);
        expect(payloadStart).toBeLessThanOrEqual(payloadEnd);
        expect(payloadEnd).toBeLessThanOrEqual(bytes.length);
        const payload = bytes.subarray(payloadStart, payloadEnd);
        const again = serializeRtp({ ...used, payload, padding: bytes.length - payloadEnd });
        // What the padding consists of, but for its count, is nobody's.
        expect(again.subarray(0, payloadEnd)).toEqual(bytes.subarray(0, payloadEnd));
        expect(again.length).toBe(bytes.length);
      }),
      { numRuns: 1500 },
    );
  });

  it('parseRtcp reads within them, holds no more than they have, and what serialises to the same', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const packets = parseRtcp(bytes);
        parseGuarded(bytes);
        if (!packets) return;
        expect(packets.reduce((count, packet) => count + 1 + entries(packet), 0)).toBeLessThanOrEqual(
          bytes.length / 2,
        );
        if (hasText(packets)) return;
        expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
      }),
      { numRuns: 1500 },
    );
  });

  it('parseRtcp gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(anyRtcp, { minLength: 1, maxLength: 5 }), (packets) => {
        expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
      }),
      { numRuns: 200 },
    );
  });

  it('readNack reads within them, and names no more than 17 packets in 4', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100, size: 'max' }), (body) => {
        const nack = readNack(guarded(body));
        if (!nack) return;
        expect(nack.lost.length).toBeLessThanOrEqual((17 * (body.length - 8)) / 4);
        expect(nack.lost.every((number) => number >= 0 && number <= 0xffff)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Reads guarded bytes, but for texts: the platform decodes those, and takes no guarded ones. */
function parseGuarded(bytes: Uint8Array): void {
  try {
    parseRtcp(guarded(bytes));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_INVALID_ARG_TYPE') throw error;
  }
}

/** What is no UTF-8 does not come back as it was. */
const hasText = (packets: RtcpPacket[]): boolean =>
  packets.some((packet) => packet.type === 'goodbye' && packet.reason !== undefined);
