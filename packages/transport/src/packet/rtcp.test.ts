import { utf8Encode } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtcp, serializeRtcp, type RtcpPacket } from './rtcp.js';
import { cnameOf, describeCname } from './source-description.js';

const block = {
  ssrc: 0x0a0b0c0d,
  fractionLost: 25,
  cumulativeLost: -2,
  highestSequenceNumber: 0x00011234,
  jitter: 17,
  lastSenderReport: 0xaabbccdd,
  delaySinceLastSenderReport: 0x00010000,
};
const blockBytes = [
  ...[0x0a, 0x0b, 0x0c, 0x0d, 25, 0xff, 0xff, 0xfe],
  ...[0, 1, 0x12, 0x34, 0, 0, 0, 17, 0xaa, 0xbb, 0xcc, 0xdd, 0, 1, 0, 0],
];

const cases: [string, RtcpPacket, number[]][] = [
  [
    'SR',
    {
      type: 'sender-report',
      ssrc: 0x01020304,
      ntp: { seconds: 0xe0000001, fraction: 0x80000000 },
      rtpTimestamp: 0xfffffffe,
      packetCount: 5,
      octetCount: 1000,
      reports: [block],
    },
    [
      ...[0x81, 200, 0, 12, 1, 2, 3, 4, 0xe0, 0, 0, 1, 0x80, 0, 0, 0],
      ...[0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 5, 0, 0, 3, 0xe8],
      ...blockBytes,
    ],
  ],
  [
    'RR',
    { type: 'receiver-report', ssrc: 0x01020304, reports: [block, { ...block, cumulativeLost: 0x7fffff }] },
    [
      ...[0x82, 201, 0, 13, 1, 2, 3, 4],
      ...blockBytes,
      ...blockBytes.map((byte, index) => (index === 5 ? 0x7f : index === 7 ? 0xff : byte)),
    ],
  ],
  ['RR without blocks', { type: 'receiver-report', ssrc: 9, reports: [] }, [0x80, 201, 0, 1, 0, 0, 0, 9]],
  [
    'SDES',
    {
      type: 'source-description',
      chunks: [
        { ssrc: 1, items: [{ type: 1, value: utf8Encode('ab') }] },
        // Ends on a multiple of 4: four zeros follow, for the list needs one.
        {
          ssrc: 2,
          items: [
            { type: 1, value: utf8Encode('cd') },
            { type: 6, value: utf8Encode('tool-x') },
          ],
        },
      ],
    },
    [
      ...[0x82, 202, 0, 8, 0, 0, 0, 1, 1, 2, 0x61, 0x62, 0, 0, 0, 0],
      ...[0, 0, 0, 2, 1, 2, 0x63, 0x64, 6, 6, 0x74, 0x6f, 0x6f, 0x6c, 0x2d, 0x78, 0, 0, 0, 0],
    ],
  ],
  ['BYE', { type: 'goodbye', ssrcs: [1, 0xffffffff] }, [0x82, 203, 0, 2, 0, 0, 0, 1, 255, 255, 255, 255]],
  [
    'BYE with a reason',
    { type: 'goodbye', ssrcs: [1], reason: 'gone' },
    [0x81, 203, 0, 3, 0, 0, 0, 1, 4, 0x67, 0x6f, 0x6e, 0x65, 0, 0, 0],
  ],
  [
    'feedback, kept as it is',
    {
      type: 'other',
      packetType: 205,
      count: 1,
      body: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0x12, 0x34, 0, 1),
    },
    [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x12, 0x34, 0, 1],
  ],
];

describe('RTCP packets', () => {
  it.each(cases)('%s: bytes to fields', (_, packet, bytes) => {
    expect(parseRtcp(Uint8Array.from(bytes))).toEqual([packet]);
  });

  it.each(cases)('%s: fields to bytes', (_, packet, bytes) => {
    expect([...serializeRtcp([packet])]).toEqual(bytes);
  });

  it('come back as they went, compound', () => {
    const packets = cases.map(([, packet]) => packet);
    expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
  });

  it('may be padded at the end', () => {
    const bytes = Uint8Array.from([0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4]);
    expect(parseRtcp(bytes)).toEqual([{ type: 'goodbye', ssrcs: [1] }]);
  });

  it('pass over profile-specific extensions of a report', () => {
    const bytes = Uint8Array.from([0x80, 201, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4]);
    expect(parseRtcp(bytes)).toEqual([{ type: 'receiver-report', ssrc: 9, reports: [] }]);
  });

  it('describe a CNAME of any length', () => {
    for (let length = 1; length < 256; length += 1) {
      const name = 'x'.repeat(length);
      const [packet] = parseRtcp(serializeRtcp([describeCname([5], name)]))!;
      expect(packet!.type === 'source-description' && cnameOf(packet!.chunks[0]!.items)).toBe(name);
    }
  });

  it.each([
    ['nothing', []],
    ['a cut header', [0x80, 201, 0]],
    ['a length beyond the datagram', [0x80, 201, 0, 2, 0, 0, 0, 9]],
    ['a length of one report block too few', [0x81, 201, 0, 1, 0, 0, 0, 9]],
    ['an SR without sender information', [0x80, 200, 0, 1, 0, 0, 0, 9]],
    ['the wrong version in its second packet', [0x80, 201, 0, 1, 0, 0, 0, 9, 0x40, 203, 0, 0]],
    ['bytes after the last packet', [0x80, 201, 0, 1, 0, 0, 0, 9, 0]],
    ['padding before the last packet', [0xa0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4, 0x80, 203, 0, 0]],
    ['a padding of 0', [0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]],
    ['a padding that is no multiple of 4', [0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]],
    ['a padding longer than the packet', [0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 12]],
    ['an SDES item beyond its packet', [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 5, 0x61, 0]],
    ['an SDES list without an end', [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 0x61, 0x62]],
    ['an SDES chunk too few', [0x82, 202, 0, 2, 0, 0, 0, 1, 1, 1, 0x61, 0]],
    ['a BYE of more sources than it names', [0x82, 203, 0, 1, 0, 0, 0, 1]],
    ['a BYE reason beyond its packet', [0x81, 203, 0, 2, 0, 0, 0, 1, 4, 0x61, 0x61, 0x61]],
  ])('with %s are refused', (_, bytes) => {
    expect(parseRtcp(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('that are any bytes never make it throw', () => {
    const starts = fc.constantFrom(...cases.map(([, , bytes]) => bytes));
    const change = fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(starts, { minLength: 1, maxLength: 3 }),
        fc.array(change, { maxLength: 4 }),
        (parts, changes) => {
          const bytes = Uint8Array.from(parts.flat());
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          parseRtcp(bytes);
          parseRtcp(bytes.subarray(0, changes.length * 7));
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100, size: 'max' }), (bytes) => void parseRtcp(bytes)),
      { numRuns: 1000 },
    );
  });
});
