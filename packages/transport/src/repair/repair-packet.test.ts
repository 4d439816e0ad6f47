import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtp, serializeRtp } from '../packet/rtp.js';
import { anyDamage, damaged } from '../testing/arbitrary.js';
import { guarded } from '../testing/guarded.js';
import { fromHex, toHex } from '../testing/hex.js';
import {
  readRepairHeader,
  REPAIR_HEADER_LENGTH,
  SYMBOL_PREFIX_LENGTH,
  writeRepairHeader,
  type RepairHeader,
} from './repair-packet.js';

const written = (header: RepairHeader): Uint8Array => {
  const payload = new Uint8Array(REPAIR_HEADER_LENGTH + SYMBOL_PREFIX_LENGTH);
  writeRepairHeader(header, payload, 0);
  return payload;
};
const read = (payload: Uint8Array) =>
  readRepairHeader(payload, { payloadStart: 0, payloadEnd: payload.length });

const anyHeader: fc.Arbitrary<RepairHeader> = fc
  .record({
    sourceSsrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    firstSequenceNumber: fc.integer({ min: 0, max: 65_535 }),
    count: fc.integer({ min: 1, max: 254 }),
    symbol: fc.integer({ min: 0, max: 253 }),
    request: fc.integer({ min: 0, max: 255 }),
    following: fc.integer({ min: 0, max: 255 }),
  })
  .filter(({ count, symbol }) => count + symbol <= 254);

describe('the header of a repair packet', () => {
  it('bytes to fields, fields to bytes', () => {
    const hex = '01020304' + 'fffe' + '22' + '07' + '2a' + '03' + '00000000';
    const fields = {
      sourceSsrc: 0x01020304,
      firstSequenceNumber: 0xfffe,
      count: 34,
      symbol: 7,
      request: 42,
      following: 3,
    };
    expect(read(fromHex(hex))).toEqual(fields);
    expect(toHex(written(fields))).toBe(hex);
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        expect(read(written(header))).toEqual(header);
      }),
      { numRuns: 300 },
    );
  });

  it('says 255 for more that follow', () => {
    const header = { sourceSsrc: 1, firstSequenceNumber: 2, count: 3, symbol: 4, request: 5, following: 300 };
    expect(read(written(header))!.following).toBe(255);
  });

  it.each([
    ['no source packets', { count: 0 }],
    ['more symbols than the field has', { count: 200, symbol: 55 }],
  ])('with %s is none', (_, wrong) => {
    const header = { sourceSsrc: 1, firstSequenceNumber: 2, count: 3, symbol: 4, request: 5, following: 6 };
    expect(read(written({ ...header, ...wrong }))).toBeUndefined();
  });

  it('needs a symbol behind it', () => {
    const whole = written({ sourceSsrc: 1, firstSequenceNumber: 2, count: 3, symbol: 4, request: 5, following: 6 }); // prettier-ignore
    for (let length = 0; length < whole.length; length += 1)
      expect(read(guarded(whole.subarray(0, length)))).toBeUndefined();
  });

  it('reads within the payload of any damaged packet', () => {
    fc.assert(
      fc.property(anyHeader, anyDamage, fc.nat(40), (header, damage, padding) => {
        const packet = serializeRtp({ payloadType: 127, sequenceNumber: 1, timestamp: 2, ssrc: 3, payload: written(header), padding }); // prettier-ignore
        const bytes = damaged(packet, damage);
        const rtp = parseRtp(bytes);
        if (!rtp) return;
        const found = readRepairHeader(guarded(bytes.subarray(0, rtp.payloadEnd)), rtp);
        if (found) expect(found.count + found.symbol).toBeLessThanOrEqual(254);
      }),
      { numRuns: 500 },
    );
  });
});
