import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeRtp } from '../packet/rtp.js';
import { anyRtp } from '../testing/arbitrary.js';
import { fromHex, toHex } from '../testing/hex.js';
import { packetOfSymbol, symbolLength, writeSymbol } from './symbol.js';

const symbolOf = (packet: Uint8Array, longest = packet.length): Uint8Array => {
  const symbol = new Uint8Array(symbolLength(longest));
  writeSymbol(packet, symbol);
  return symbol;
};

describe('a symbol', () => {
  it('holds length, first two bytes and what follows the header, padded with zeros', () => {
    const packet = fromHex('80e0 1234 89abcdef 00000007 cafe');
    expect(toHex(symbolOf(packet, 18))).toBe('000e' + '80e0' + 'cafe' + '00000000');
    expect(toHex(packetOfSymbol(symbolOf(packet, 18), 0x1234, 0x89abcdef, 7)!)).toBe(toHex(packet));
  });

  it('gives any packet back byte for byte, headers, padding and all', () => {
    fc.assert(
      fc.property(anyRtp, fc.nat(50), (fields, longer) => {
        const packet = serializeRtp(fields);
        const symbol = symbolOf(packet, packet.length + longer);
        expect(packetOfSymbol(symbol, fields.sequenceNumber, fields.timestamp, fields.ssrc)).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a length shorter than a header', '000b 80e0 00'],
    ['a length beyond the symbol', '0012 80e0 0000'],
    ['a length of zero', '0000 80e0'],
  ])('with %s is none', (_, hex) => {
    expect(packetOfSymbol(fromHex(hex), 1, 2, 3)).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 100, size: 'max' }), (bytes) => {
        const packet = packetOfSymbol(bytes, 1, 2, 3);
        if (packet) expect(symbolLength(packet.length)).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});
