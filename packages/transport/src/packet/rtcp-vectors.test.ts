import { millis, utf8Encode } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../testing/hex.js';
import { readNack, writeNack } from './feedback.js';
import { compactNtp, microsFromCompactSpan } from './ntp.js';
import type { ReportBlock } from './report-block.js';
import { parseRtcp, serializeRtcp, type OtherRtcp, type RtcpPacket } from './rtcp.js';
import { describeCname } from './source-description.js';

// Packets that other implementations test themselves with: bytes, and what those expect of them. From pion/rtcp
// (MIT; *_test.go), aiortc (BSD-3-Clause; tests/rtcp_*.bin and test_rtp.py), versatica/rtp.js (ISC;
// src/test/packets/RTCP), shinyoshiaki/werift-webrtc (MIT; packages/rtp/tests/rtcp) and libwebrtc (BSD-3-Clause;
// modules/rtp_rtcp/source/rtcp_packet). Lengths that are wrong
// there because the test reads no header are put right; some compound packets are parts of longer ones.

const block = (fields: Partial<ReportBlock> & { ssrc: number }): ReportBlock => ({
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequenceNumber: 0,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
  ...fields,
});
const other = (packetType: number, count: number, body: string): OtherRtcp => ({
  type: 'other',
  packetType,
  count,
  body: fromHex(body),
});

const pionBlock = block({
  ssrc: 0xbc5e9a40,
  highestSequenceNumber: 0x46e1,
  jitter: 273,
  lastSenderReport: 0x9f36432,
  delaySinceLastSenderReport: 150_137,
});
const rtpJsBlock = block({
  ssrc: 0x01932db4,
  fractionLost: 80,
  cumulativeLost: 216,
  highestSequenceNumber: 342_342,
  lastSenderReport: 8234,
  delaySinceLastSenderReport: 5,
});

/** Of pion/rtcp's extended_report_test.go: block types 1 to 7, of which 4 and 5 are known here. */
const allBlocks = `80cf0033 01020304
  010c0004 12345689 0005000c 40060006 87650000
  02060004 12345689 0005000c 41233fff ffff0000
  03030007 98765432 3c483cd9 11111111 22222222 33333333 44444444 55555555
  04000002 01020304 05060708
  05000009 88888888 12345678 99999999 09090909 12345678 99999999 11223344 12345678 99999999
  06e80009 fedcba98 12345678 11111111 22222222 33333333 44444444 55555555 66666666 01020304
  07000008 89abcdef 05060708 11112222 33334444 11223344 55667788 99001122 33445566`;

const vectors: [string, string, RtcpPacket[]][] = [
  [
    'pion/rtcp packet_test.go, a packet dump: RR, SDES, BYE, picture loss, resynchronisation, APP',
    `81c90007 902f9e2e bc5e9a40 00000000 000046e1 00000111 09f36432 00024a79
     81ca000c 902f9e2e 01267b39 63303065 6239322d 31616662 2d396434 392d6134 37642d39 31663634 65656536 39663 57d
     00000000 81cb0001 902f9e2e 81ce0002 902f9e2e 902f9e2e 85cd0002 902f9e2e 902f9e2e
     80cc0003 4baae1ab 4e414d45 41424344`,
    [
      { type: 'receiver-report', ssrc: 0x902f9e2e, reports: [pionBlock] },
      describeCname([0x902f9e2e], '{9c00eb92-1afb-9d49-a47d-91f64eee69f5}'),
      { type: 'goodbye', ssrcs: [0x902f9e2e] },
      other(206, 1, '902f9e2e 902f9e2e'),
      other(205, 5, '902f9e2e 902f9e2e'),
      other(204, 0, '4baae1ab 4e414d45 41424344'),
    ],
  ],
  [
    'pion/rtcp sender_report_test.go: SR and SDES, as a call sent them',
    `80c80006 2b7ec0c5 e020a2a9 52a53fc0 2e48a552 00000046 0000121d
     81ca0006 2b7ec0c5 01104c63 49667a58 6f6e446f 72645365 57360000`,
    [
      {
        type: 'sender-report',
        ssrc: 0x2b7ec0c5,
        ntp: { seconds: 0xe020a2a9, fraction: 0x52a53fc0 },
        rtpTimestamp: 0x2e48a552,
        packetCount: 70,
        octetCount: 4637,
        reports: [],
      },
      describeCname([0x2b7ec0c5], 'LcIfzXonDordSeW6'),
    ],
  ],
  [
    'aiortc rtcp_sr.bin and rtcp_sdes.bin, compound',
    `81c8000c 6d2453ea de46475b 151a005c 66a8dd3e 0000010d 000034f5
     8ef891ed 00000000 000000f6 0000007f 00000000 00000000
     81ca000c 6d2453ea 01267b36 33663435 3965612d 34316665 2d343437 342d3964 33332d39 37303763 39656537 3964317d
     00000000`,
    [
      {
        type: 'sender-report',
        ssrc: 1_831_097_322,
        // 16016567581311369308 in one number.
        ntp: { seconds: 0xde46475b, fraction: 0x151a005c },
        rtpTimestamp: 1_722_342_718,
        packetCount: 269,
        octetCount: 13_557,
        reports: [block({ ssrc: 2_398_654_957, highestSequenceNumber: 246, jitter: 127 })],
      },
      describeCname([1_831_097_322], '{63f459ea-41fe-4474-9d33-9707c9ee79d1}'),
    ],
  ],
  [
    'aiortc rtcp_rr.bin',
    '81c90007 30b68407 479437af 00000000 00000276 00000772 00000000 00000000',
    [
      {
        type: 'receiver-report',
        ssrc: 817_267_719,
        reports: [block({ ssrc: 1_200_895_919, highestSequenceNumber: 630, jitter: 1906 })],
      },
    ],
  ],
  ['aiortc rtcp_bye.bin', '81cb0001 ae528b43', [{ type: 'goodbye', ssrcs: [2_924_645_187] }]],
  ['aiortc rtcp_bye_no_sources.bin', '80cb0000', [{ type: 'goodbye', ssrcs: [] }]],
  ['aiortc rtcp_psfb_pli.bin', '81ce0002 54506265 23013fb9', [other(206, 1, '54506265 23013fb9')]],
  [
    'pion/rtcp receiver_estimated_maximum_bitrate_test.go: REMB, as Chrome sent it',
    '8fce0005 00000001 00000000 52454d42 011a20df 4874ed16',
    [other(206, 15, '00000001 00000000 52454d42 011a20df 4874ed16')],
  ],
  [
    'rtp.js CompoundPacket.test.ts: RR, SR, SDES',
    `82c9000d 5d931534 01932db4 500000d8 00053946 00000000 0000202a 00000005
     02932db4 510000d9 00053947 00000002 0000202b 00000006
     81c8000c 5d931534 dd3ac1b4 76547171 0008cf00 00000e18 0008cf00
     01932db4 500000d8 00053946 00000000 0000202a 00000005
     81ca0003 11223344 05026162 00000000`,
    [
      {
        type: 'receiver-report',
        ssrc: 0x5d931534,
        reports: [
          rtpJsBlock,
          block({
            ssrc: 0x02932db4,
            fractionLost: 81,
            cumulativeLost: 217,
            highestSequenceNumber: 342_343,
            jitter: 2,
            lastSenderReport: 8235,
            delaySinceLastSenderReport: 6,
          }),
        ],
      },
      {
        type: 'sender-report',
        ssrc: 0x5d931534,
        ntp: { seconds: 3_711_615_412, fraction: 1_985_245_553 },
        rtpTimestamp: 577_280,
        packetCount: 3608,
        octetCount: 577_280,
        reports: [rtpJsBlock],
      },
      {
        type: 'source-description',
        chunks: [{ ssrc: 0x11223344, items: [{ type: 5, value: utf8Encode('ab') }] }],
      },
    ],
  ],
  [
    'werift sdes.test.ts: two chunks',
    '82ca0005 01020304 01014100 05060708 01034243 44000000',
    [
      {
        type: 'source-description',
        chunks: [
          { ssrc: 0x01020304, items: [{ type: 1, value: utf8Encode('A') }] },
          { ssrc: 0x05060708, items: [{ type: 1, value: utf8Encode('BCD') }] },
        ],
      },
    ],
  ],
  [
    'werift sdes.test.ts: two items',
    '81ca0003 10000000 01014104 01420000',
    [
      {
        type: 'source-description',
        chunks: [
          {
            ssrc: 0x10000000,
            items: [
              { type: 1, value: utf8Encode('A') },
              { type: 4, value: utf8Encode('B') },
            ],
          },
        ],
      },
    ],
  ],
];

/** Packets that are read as told, and written otherwise: padding and what we pass over does not come back. */
const readOnly: [string, string, RtcpPacket[]][] = [
  ['aiortc rtcp_bye_padding.bin', 'a0cb0001 04040404', [{ type: 'goodbye', ssrcs: [] }]],
  [
    'rtp.js ByePacket.test.ts: padding after a reason',
    'a2cb0007 624276e0 2624670e 0e486173 7461206c 61207669 73746100 00000004',
    [{ type: 'goodbye', ssrcs: [0x624276e0, 0x2624670e], reason: 'Hasta la vista' }],
  ],
  [
    'pion/rtcp receiver_report_test.go: an extension of the profile',
    '81c90009 902f9e2e bc5e9a40 00000000 000046e1 00000111 09f36432 00024a79 54455354 44415441',
    [{ type: 'receiver-report', ssrc: 0x902f9e2e, reports: [pionBlock] }],
  ],
  [
    'pion/rtcp extended_report_test.go: all block types of RFC 3611',
    allBlocks,
    [
      {
        type: 'extended-report',
        ssrc: 0x01020304,
        blocks: [
          { type: 'receiver-reference-time', ntp: { seconds: 0x01020304, fraction: 0x05060708 } },
          {
            type: 'receiver-reference-delays',
            delays: [0x88888888, 0x09090909, 0x11223344].map((ssrc) => ({
              ssrc,
              lastReferenceTime: 0x12345678,
              delaySinceLastReferenceTime: 0x99999999,
            })),
          },
        ],
      },
    ],
  ],
  [
    'rtp.js XrPacket.test.ts: a loss block, delays, padding',
    `a0cf000e 5d931534 01090004 03932db4 00110022 2aaa6aaa eaaa0000
     05000006 11121314 00110011 11001100 21222324 00220022 22002200 00000004`,
    [
      {
        type: 'extended-report',
        ssrc: 0x5d931534,
        blocks: [
          {
            type: 'receiver-reference-delays',
            delays: [
              { ssrc: 0x11121314, lastReferenceTime: 0x00110011, delaySinceLastReferenceTime: 0x11001100 },
              { ssrc: 0x21222324, lastReferenceTime: 0x00220022, delaySinceLastReferenceTime: 0x22002200 },
            ],
          },
        ],
      },
    ],
  ],
];

const nacks: [string, string, number[]][] = [
  [
    'aiortc rtcp_rtpfb.bin',
    '81cd000c 8b4477bb f71deee4 000c0000 00200040 00360000 004c0000 006e1000 008e0000 00b70008 00df1000 010f0000 01240000',
    [12, 32, 39, 54, 76, 110, 123, 142, 183, 187, 223, 236, 271, 292],
  ],
  [
    'pion/rtcp transport_layer_nack_test.go',
    '81cd0003 902f9e2e 902f9e2e aaaa5555',
    [0xaaaa, 0xaaab, 0xaaad, 0xaaaf, 0xaab1, 0xaab3, 0xaab5, 0xaab7, 0xaab9],
  ],
  [
    'werift nack.test.ts: numbers that go down',
    '81cd0005 00000001 1134c6e1 b71e0001 09100000 09240000',
    [0xb71e, 0xb71f, 0x0910, 0x0924],
  ],
  ['libwebrtc nack_unittest.cc', '81cd0003 12345678 23456789 00008085', [0, 1, 3, 8, 16]],
  [
    'libwebrtc nack_unittest.cc: across the wrap',
    '81cd0006 12345678 23456789 ffdc8000 fffe0017 00140000 00640000',
    [0xffdc, 0xffec, 0xfffe, 0xffff, 0, 1, 3, 0x14, 0x64],
  ],
];

describe('RTCP packets of other implementations', () => {
  it.each(vectors)('%s', (_, hex, packets) => {
    const bytes = fromHex(hex);
    expect(parseRtcp(bytes)).toEqual(packets);
    expect(toHex(serializeRtcp(packets))).toBe(toHex(bytes));
  });

  it.each(readOnly)('%s', (_, hex, packets) => {
    expect(parseRtcp(fromHex(hex))).toEqual(packets);
    expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
  });

  it.each(nacks)('NACK of %s', (_, hex, lost) => {
    const bytes = fromHex(hex);
    const [packet] = parseRtcp(bytes) as [OtherRtcp];
    expect(packet).toMatchObject({ packetType: 205, count: 1 });
    const nack = readNack(packet.body)!;
    expect(nack.lost).toEqual(lost);
    expect(toHex(serializeRtcp([writeNack(nack)]))).toBe(toHex(bytes));
  });

  it.each([
    ['pion/rtcp: a length of 100 words', '81c90064'],
    ['pion/rtcp: version 0', '00c90000'],
    [
      'pion/rtcp: a count of one report too many',
      '82c90007 902f9e2e bc5e9a40 00000000 000046e1 00000111 09f36432 00024a79',
    ],
    ['pion/rtcp: a BYE reason that is too long', '81cb0002 902f9e2e 04464f4f'],
    ['aiortc rtcp_sr_invalid.bin: an SR of one word', '81c80001 ae528b43'],
    ['aiortc rtcp_rr_invalid.bin: an RR of one word', '81c90001 ae528b43'],
    ['aiortc rtcp_bye_invalid.bin: 17 sources announced, one there', '91cb0001 ae528b43'],
    ['aiortc: a padding of 0', 'a0cb0001 00000000'],
    [
      'aiortc rtcp_sdes_item_truncated.bin',
      '81ca0007 30b68407 479437af 00000000 00000276 00000772 00000000 00000000',
    ],
    ['aiortc rtcp_sdes_source_truncated.bin', '81ca0000 9000001b 10000080 d100'],
    ['aiortc: version 3', 'c1c90007 30b68407 479437af 00000000 00000276 00000772 00000000 00000000'],
    // RFC 3550, section 6.4.1, allows padding in the last packet alone, and in multiples of four.
    [
      'rtp.js: padding in the midst',
      'a2cb0007 624276e0 2624670e 0e486173 7461206c 61207669 73746100 00000004 81ca0003 11223344 05026162 00000000',
    ],
    [
      'Chrome, transport-wide feedback: a padding of 1',
      'afcd0007 00000001 dd586eb6 00010009 5e911000 20091c0c 2c380004 00081801',
    ],
  ])('are refused: %s', (_, hex) => {
    expect(parseRtcp(fromHex(hex))).toBeUndefined();
  });

  it('are refused when cut anywhere', () => {
    for (const [, hex, packets] of vectors) {
      const bytes = fromHex(hex);
      const whole = new Set<number>();
      for (let count = 1, at = 0; count <= packets.length; count += 1) {
        whole.add((at += serializeRtcp([packets[count - 1]!]).length));
      }
      for (let length = 0; length < bytes.length; length += 1) {
        if (!whole.has(length)) expect(parseRtcp(bytes.subarray(0, length))).toBeUndefined();
      }
    }
  });
});

// RFC 4585 and 3611 have no packets of their own as examples, but say of each field which value means what.
describe('what RFC 4585 says of generic NACKs', () => {
  const read = (hex: string) => readNack((parseRtcp(fromHex(hex)) as [OtherRtcp])[0].body);

  it('section 6.2.1: bit i of BLP, 1 to 16 from the least significant, is the packet PID + i, modulo 2^16', () => {
    expect(read('81cd0003 00000001 00000002 000a0000')!.lost).toEqual([10]);
    for (let bit = 1; bit <= 16; bit += 1) {
      const blp = (1 << (bit - 1)).toString(16).padStart(4, '0');
      expect(read(`81cd0003 00000001 00000002 000a${blp}`)!.lost).toEqual([10, 10 + bit]);
      expect(read(`81cd0003 00000001 00000002 fffc${blp}`)!.lost).toEqual([0xfffc, (0xfffc + bit) & 0xffff]);
    }
    expect(read('81cd0003 00000001 00000002 000affff')!.lost).toHaveLength(17);
  });

  it('section 6.2.1: a length of 2 + n words for n entries; none is no NACK', () => {
    expect(read('81cd0004 00000001 00000002 00010000 03e80000')!.lost).toEqual([1, 1000]);
    expect(read('81cd0002 00000001 00000002')).toBeUndefined();
  });

  it('sections 6.2 and 6.3: other formats are read as what they are, and are no NACK', () => {
    // PLI, SLI of one macroblock, RPSI with a padding of one byte; and one that is not assigned.
    const all = [
      ['81ce0002 00000001 00000002', 206, 1],
      ['82ce0003 00000001 00000002 00080041', 206, 2],
      ['83ce0003 00000001 00000002 08600100', 206, 3],
      ['9fcd0002 00000001 00000002', 205, 31],
    ] as const;
    for (const [hex, packetType, count] of all) {
      const bytes = fromHex(hex);
      expect(parseRtcp(bytes)).toEqual([{ type: 'other', packetType, count, body: bytes.subarray(4) }]);
    }
  });
});

describe('what RFC 3611 says of reference times', () => {
  it('section 4.5: LRR is the middle of the RRTR, and with DLRR gives the round trip as LSR and DLSR do', () => {
    // The instants of RFC 3550, figure 2, told by who only receives.
    const asked = parseRtcp(fromHex('80cf0004 00000001 04000002 b44db705 20000000'))!;
    expect(asked).toEqual([
      {
        type: 'extended-report',
        ssrc: 1,
        blocks: [{ type: 'receiver-reference-time', ntp: { seconds: 0xb44db705, fraction: 0x20000000 } }],
      },
    ]);
    const lastReferenceTime = compactNtp({ seconds: 0xb44db705, fraction: 0x20000000 });
    const delay = { ssrc: 1, lastReferenceTime, delaySinceLastReferenceTime: 0x00054000 };
    const answer: RtcpPacket = {
      type: 'extended-report',
      ssrc: 2,
      blocks: [{ type: 'receiver-reference-delays', delays: [delay] }],
    };
    expect(toHex(serializeRtcp([answer]))).toBe(
      '80cf0005' + '00000002' + '05000003' + '00000001b705200000054000',
    );
    expect(microsFromCompactSpan(0xb7108000 - lastReferenceTime - 0x00054000)).toBe(millis(6125));
  });
});

describe('the example of RFC 3550, figure 2', () => {
  it('gives a round trip of 6.125 s', () => {
    const lastSenderReport = compactNtp({ seconds: 0xb44db705, fraction: 0x20000000 });
    expect(lastSenderReport).toBe(0xb7052000);
    const arrival = 0xb7108000;
    expect(microsFromCompactSpan(arrival - lastSenderReport - 0x00054000)).toBe(millis(6125));
  });
});
