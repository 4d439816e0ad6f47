import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../testing/hex.js';
import { demultiplex } from './demultiplex.js';
import { parseRtp, serializeRtp, type RtpExtension } from './rtp.js';

// Packets that other implementations test themselves with: bytes, and what those expect of them. From pion/rtp
// (MIT; packet_test.go), aiortc (BSD-3-Clause; tests/*.bin and test_rtp.py) and versatica/rtp.js (ISC;
// src/test/data, src/test/packets/RTP/RtpPacket.test.ts).

interface Expected {
  marker: boolean;
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  csrcs?: number[];
  extension?: RtpExtension;
  payload: Uint8Array;
  padding?: number;
}

const pion = {
  marker: true,
  payloadType: 96,
  sequenceNumber: 27_023,
  timestamp: 3_653_407_706,
  ssrc: 476_325_762,
};
const extension = (profile: number, data: string): RtpExtension => ({ profile, data: fromHex(data) });

const vectors: [string, string, Expected][] = [
  [
    'pion/rtp: an extension of a profile of its own',
    '90e0698f d9c293da 1c642782 00010001 ffffffff 9836be889e',
    { ...pion, extension: extension(1, 'ffffffff'), payload: fromHex('9836be889e') },
  ],
  [
    'pion/rtp: padding',
    'b0e0698f d9c293da 1c642782 00010001 ffffffff 98000000 04',
    { ...pion, extension: extension(1, 'ffffffff'), payload: fromHex('98'), padding: 4 },
  ],
  [
    'pion/rtp: nothing but padding',
    'b0e0698f d9c293da 1c642782 00010001 ffffffff 00000000 05',
    { ...pion, extension: extension(1, 'ffffffff'), payload: fromHex(''), padding: 5 },
  ],
  [
    'pion/rtp: one-byte extensions (RFC 8285)',
    '90e0698f d9c293da 1c642782 bede0001 10aa20bb 9836be889e',
    { ...pion, extension: extension(0xbede, '10aa20bb'), payload: fromHex('9836be889e') },
  ],
  [
    'aiortc rtp.bin: 20 ms of G.711',
    '80003d7f eaaa63f4 f01b40e9' + 'ff'.repeat(160),
    {
      marker: false,
      payloadType: 0,
      sequenceNumber: 15_743,
      timestamp: 3_937_035_252,
      ssrc: 0xf01b40e9,
      payload: new Uint8Array(160).fill(255),
    },
  ],
  [
    'aiortc rtp_with_csrc.bin: two contributors',
    '82003ed2 00000090 5fbd169e abcdef01 deadbeef' + 'ff'.repeat(160),
    {
      marker: false,
      payloadType: 0,
      sequenceNumber: 16_082,
      timestamp: 144,
      ssrc: 0x5fbd169e,
      csrcs: [2_882_400_001, 3_735_928_559],
      payload: new Uint8Array(160).fill(255),
    },
  ],
  [
    'aiortc rtp_dtmf.bin: a telephone event',
    '80e55e58 efb0f6bc a6a144f2 018a03c0',
    {
      marker: true,
      payloadType: 101,
      sequenceNumber: 24_152,
      timestamp: 4_021_352_124,
      ssrc: 0xa6a144f2,
      payload: fromHex('018a03c0'),
    },
  ],
  [
    'aiortc rtp_only_padding_with_header_extensions.bin: a probe of 224 bytes of padding',
    'b062567a bd029f83 597eaf6d bede0001 22f1cc8c' + '00'.repeat(223) + 'e0',
    {
      marker: false,
      payloadType: 98,
      sequenceNumber: 22_138,
      timestamp: 3_171_065_731,
      ssrc: 0x597eaf6d,
      extension: extension(0xbede, '22f1cc8c'),
      payload: fromHex(''),
      padding: 224,
    },
  ],
  [
    'aiortc rtp_with_sdes_mid.bin: Opus, with a media identifier',
    `90ef374c 4f1ba1ad f3753f70 bede0001 90300000 78800a6dc705f7a2a43c1800066eab3c78aeb1524d8baaebaa791e80fbab
     ad9ef92bcce3e2a1105f56337eac43fedb785bf417f29455`,
    {
      marker: true,
      payloadType: 111,
      sequenceNumber: 14_156,
      timestamp: 1_327_210_925,
      ssrc: 0xf3753f70,
      extension: extension(0xbede, '90300000'),
      payload: fromHex(`78800a6dc705f7a2a43c1800066eab3c78aeb1524d8baaebaa791e80fbab
        ad9ef92bcce3e2a1105f56337eac43fedb785bf417f29455`),
    },
  ],
  [
    'rtp.js rtppacket1.raw: an audio level',
    '906f5c41 62f547da 9f7108e2 bede0001 10ff0000 bae21a9da27876098db8e277d041d9c0f1e78a699af0ee8f987cd517c22b92dc9b23',
    {
      marker: false,
      payloadType: 111,
      sequenceNumber: 23_617,
      timestamp: 1_660_241_882,
      ssrc: 2_674_985_186,
      extension: extension(0xbede, '10ff0000'),
      payload: fromHex('bae21a9da27876098db8e277d041d9c0f1e78a699af0ee8f987cd517c22b92dc9b23'),
    },
  ],
  [
    'rtp.js, packet 4: two-byte extensions and no payload',
    '90010008 00000004 00000005 10000004 00000100 02014200 03021122 00000400',
    {
      marker: false,
      payloadType: 1,
      sequenceNumber: 8,
      timestamp: 4,
      ssrc: 5,
      extension: extension(0x1000, '00000100 02014200 03021122 00000400'),
      payload: fromHex(''),
    },
  ],
];

describe('RTP packets of other implementations', () => {
  it.each(vectors)('%s', (_, hex, { payload, padding = 0, ...fields }) => {
    const packet = fromHex(hex);
    expect(demultiplex(packet)).toBe('rtp');
    const header = parseRtp(packet)!;
    expect(header).toMatchObject({ csrcs: [], ...fields });
    expect(header.extension).toEqual(fields.extension);
    expect(packet.subarray(header.payloadStart, header.payloadEnd)).toEqual(payload);
    expect(packet.length - header.payloadEnd).toBe(padding);
    expect(toHex(serializeRtp({ ...fields, payload, padding }))).toBe(toHex(packet));
  });

  it.each([
    ['pion/rtp: no byte', ''],
    ['pion/rtp: a padding of 0', 'b0e0698f d9c293da 1c642782 00010001 ffffffff 9836be88 00'],
    ['pion/rtp: a padding beyond the payload', 'b0e0698f d9c293da 1c642782 00010001 ffffffff 9836be88 06'],
    ['pion/rtp: no extension, where one is announced', '9060698f d9c293da 1c642782'],
    ['pion/rtp: an extension of 157,284 bytes', '9060698f d9c293da 1c642782 99999999'],
    ['aiortc: 11 bytes', '80003d7f eaaa63f4 f01b40'],
    ['aiortc: version 3', 'c0003d7f eaaa63f4 f01b40e9 ffffffff'],
    ['aiortc: a padding of 2 in a packet of one byte', 'a0786c6f f10b431b a91fbcbe 02'],
    ['aiortc: contributors cut off', '82003ed2 00000090 5fbd169e abcdef01 deadbe'],
    ['aiortc: an extension cut in its header', '90ef374c 4f1ba1ad f3753f70 bede00'],
    ['aiortc: an extension cut in its data', '90ef374c 4f1ba1ad f3753f70 bede0001 903000'],
  ])('are refused as there: %s', (_, hex) => {
    expect(parseRtp(fromHex(hex))).toBeUndefined();
  });
});
