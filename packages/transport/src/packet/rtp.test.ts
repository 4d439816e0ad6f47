import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demultiplex } from './demultiplex.js';
import { parseRtp, serializeRtp, type RtpFields } from './rtp.js';

// V=2, P, X, CC=2; M, PT 26; 0x1234; 0xdeadbeef; ssrc; two CSRCs; extension of one word; payload; padding of 3.
const full = Uint8Array.from([
  ...[0xb2, 0x9a, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04],
  ...[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
  ...[0xbe, 0xde, 0, 1, 9, 8, 7, 6],
  ...[0x61, 0x62],
  ...[0, 0, 3],
]);
const fields: RtpFields = {
  marker: true,
  payloadType: 26,
  sequenceNumber: 0x1234,
  timestamp: 0xdeadbeef,
  ssrc: 0x01020304,
  csrcs: [1, 0xffffffff],
  extension: { profile: 0xbede, data: Uint8Array.of(9, 8, 7, 6) },
  payload: Uint8Array.of(0x61, 0x62),
  padding: 3,
};

describe('RTP packets', () => {
  it('are read: bytes to fields', () => {
    const header = parseRtp(full)!;
    expect(header).toMatchObject({
      marker: true,
      payloadType: 26,
      sequenceNumber: 0x1234,
      timestamp: 0xdeadbeef,
      ssrc: 0x01020304,
      csrcs: [1, 0xffffffff],
      payloadStart: 28,
      payloadEnd: 30,
    });
    expect(header.extension).toEqual(fields.extension);
  });

  it('are written: fields to bytes', () => {
    expect(serializeRtp(fields)).toEqual(full);
  });

  it('come back as they went', () => {
    const words = fc.integer({ min: 0, max: 0xffffffff });
    const anyFields = fc.record({
      marker: fc.boolean(),
      payloadType: fc.integer({ min: 0, max: 127 }),
      sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
      timestamp: words,
      ssrc: words,
      csrcs: fc.array(words, { maxLength: 15, size: 'max' }),
      extension: fc.option(
        fc.record({
          profile: fc.integer({ min: 0, max: 0xffff }),
          data: fc.integer({ min: 0, max: 5 }).map((length) => new Uint8Array(4 * length).fill(length)),
        }),
        { nil: undefined },
      ),
      payload: fc.uint8Array({ maxLength: 50, size: 'max' }),
      padding: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(anyFields, ({ payload, padding: _padding, ...rest }) => {
        const packet = serializeRtp({ ...rest, payload, padding: _padding });
        const header = parseRtp(packet)!;
        expect(header).toMatchObject(rest);
        expect(packet.subarray(header.payloadStart, header.payloadEnd)).toEqual(payload);
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['11 bytes', [...full.subarray(0, 11)]],
    ['version 1', [0x40, ...full.subarray(1)]],
    ['more CSRCs than bytes', [0x8f, ...full.subarray(1, 20)]],
    ['an extension cut in its header', [0x90, ...full.subarray(1, 12), 0, 0]],
    ['an extension longer than the packet', [0x90, ...full.subarray(1, 12), 0, 0, 0, 2, 1, 2, 3, 4]],
    ['a padding of 0', [0xa0, ...full.subarray(1, 12), 1, 0]],
    ['a padding longer than the payload', [0xa0, ...full.subarray(1, 12), 1, 3]],
  ])('with %s are refused', (_, bytes) => {
    expect(parseRtp(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('that are any bytes never make it throw, nor lead outside the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), (bytes) => {
        bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
        const header = parseRtp(bytes);
        if (!header) return;
        expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd);
        expect(header.payloadEnd).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('demultiplexing (RFC 5761)', () => {
  it.each([
    [[0x80, 200, 0, 0], 'rtcp'],
    [[0x80, 192, 0, 0], 'rtcp'],
    [[0x80, 223, 0, 0], 'rtcp'],
    [[0x80, 191, 0, 0], 'rtp'],
    [[0x80, 224, 0, 0], 'rtp'],
    [[0x80, 26, 0, 0], 'rtp'],
    [[0x80, 0x80 | 26, 0, 0], 'rtp'],
    [[0x00, 200, 0, 0], 'wrong-version'],
    [[0x16, 0xfe, 0xff, 0], 'wrong-version'],
    [[0x80, 200, 0], 'too-short'],
    [[], 'too-short'],
  ] as const)('%j is %s', (bytes, kind) => {
    expect(demultiplex(Uint8Array.from(bytes))).toBe(kind);
  });
});
