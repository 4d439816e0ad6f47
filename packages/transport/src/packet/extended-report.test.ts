import { describe, expect, it } from 'vitest';
import { parseRtcp, serializeRtcp, type RtcpPacket } from './rtcp.js';

const referenceTime = [4, 0, 0, 2, 0xe0, 0, 0, 1, 0x80, 0, 0, 0];
const delays = [
  ...[5, 0, 0, 6],
  ...[0, 0, 0, 7, 0xaa, 0xbb, 0xcc, 0xdd, 0, 1, 0, 0],
  ...[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0],
];
const cases: [string, RtcpPacket, number[]][] = [
  [
    'a receiver reference time',
    {
      type: 'extended-report',
      ssrc: 0x01020304,
      blocks: [{ type: 'receiver-reference-time', ntp: { seconds: 0xe0000001, fraction: 0x80000000 } }],
    },
    [0x80, 207, 0, 4, 1, 2, 3, 4, ...referenceTime],
  ],
  [
    'delays since it, to two receivers',
    {
      type: 'extended-report',
      ssrc: 9,
      blocks: [
        {
          type: 'receiver-reference-delays',
          delays: [
            { ssrc: 7, lastReferenceTime: 0xaabbccdd, delaySinceLastReferenceTime: 0x10000 },
            { ssrc: 0xffffffff, lastReferenceTime: 0, delaySinceLastReferenceTime: 0 },
          ],
        },
      ],
    },
    [0x80, 207, 0, 8, 0, 0, 0, 9, ...delays],
  ],
  ['no block', { type: 'extended-report', ssrc: 9, blocks: [] }, [0x80, 207, 0, 1, 0, 0, 0, 9]],
  [
    'a block of no receiver',
    { type: 'extended-report', ssrc: 9, blocks: [{ type: 'receiver-reference-delays', delays: [] }] },
    [0x80, 207, 0, 2, 0, 0, 0, 9, 5, 0, 0, 0],
  ],
];

describe('extended reports', () => {
  it.each(cases)('of %s: bytes to fields', (_, packet, bytes) => {
    expect(parseRtcp(Uint8Array.from(bytes))).toEqual([packet]);
  });

  it.each(cases)('of %s: fields to bytes', (_, packet, bytes) => {
    expect([...serializeRtcp([packet])]).toEqual(bytes);
  });

  it('come back as they went, compound', () => {
    const packets = cases.map(([, packet]) => packet);
    expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
  });

  it('pass over blocks of other types, and what the reserved bits say', () => {
    const unknown = [1, 0x5a, 0, 1, 9, 9, 9, 9];
    const bytes = [0x9f, 207, 0, 8, 1, 2, 3, 4, ...unknown, ...referenceTime, ...unknown];
    expect(parseRtcp(Uint8Array.from(bytes))).toEqual([cases[0]![1]]);
  });

  it.each([
    ['no SSRC', [0x80, 207, 0, 0]],
    ['a block beyond its packet', [0x80, 207, 0, 2, 0, 0, 0, 9, 1, 0, 0, 1]],
    ['a reference time of one word', [0x80, 207, 0, 3, 0, 0, 0, 9, 4, 0, 0, 1, 0, 0, 0, 0]],
    ['delays of two words', [0x80, 207, 0, 4, 0, 0, 0, 9, 5, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0]],
  ])('with %s are refused', (_, bytes) => {
    expect(parseRtcp(Uint8Array.from(bytes))).toBeUndefined();
  });
});
