import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtcp } from '../packet/rtcp.js';
import { checkSealed, isSealed, MAX_SEALED_BYTES, readSealed, writeSealed } from './sealed-packet.js';

const packet = { sender: 0x01020304, receiver: 0xfffefdfc, data: Uint8Array.of(1, 2, 3) };
// prettier-ignore
const bytes = Uint8Array.of(
  0x80, 204, 0, 5, 1, 2, 3, 4, 0x48, 0x48, 0x42, 0x4b, 0xff, 0xfe, 0xfd, 0xfc, 0, 3, 1, 2, 3, 0, 0, 0,
);

describe('a sealed message as a packet', () => {
  it('is written', () => expect(writeSealed(packet)).toEqual(bytes));

  it('is read', () => {
    expect(isSealed(bytes)).toBe(true);
    expect(readSealed(bytes)).toEqual(packet);
  });

  it('comes back as it was, and is RTCP to others', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
    const data = fc.uint8Array({ minLength: 1, maxLength: MAX_SEALED_BYTES });
    fc.assert(
      fc.property(fc.record({ sender: uint32, receiver: uint32, data }, { noNullPrototype: true }), (any) => {
        const written = writeSealed(any);
        expect(isSealed(written)).toBe(true);
        expect(readSealed(written)).toEqual(any);
        expect(parseRtcp(written)).toHaveLength(1);
      }),
    );
  });

  it.each([
    ['nothing', bytes.slice(0, 0)],
    ['cut off', bytes.slice(0, 20)],
    ['longer than it says, as what SRTCP protects is', Uint8Array.of(...bytes, 0, 0, 0, 0)],
    ['of another subtype', Uint8Array.of(0x81, ...bytes.slice(1))],
    ['padded', Uint8Array.of(0xa0, ...bytes.slice(1))],
    ['no APP packet', Uint8Array.of(0x80, 203, ...bytes.slice(2))],
    ['of another name', bytes.map((byte, at) => (at === 11 ? 0x50 : byte))],
  ])('is none when it is %s', (_, datagram) => expect(isSealed(datagram)).toBe(false));

  it.each([
    ['too short for a length', writeHeader(0, 16)],
    ['empty', writeHeader(0, 20)],
    ['longer than its packet', writeHeader(7, 24)],
    ['shorter than its packet', writeHeader(2, 24)],
    ['too long', writeHeader(MAX_SEALED_BYTES + 1, 1044)],
  ])('is malformed when it is %s', (_, datagram) => {
    expect(isSealed(datagram)).toBe(true);
    expect(readSealed(datagram)).toBeUndefined();
  });

  it('is read or not, whatever comes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 64 }), (any, keep) => {
        const datagram = Uint8Array.of(...bytes.slice(0, keep), ...any);
        isSealed(datagram);
        readSealed(datagram);
      }),
    );
  });

  it('has 1 to 1024 bytes', () => {
    expect(() => checkSealed(new Uint8Array(1))).not.toThrow();
    expect(() => checkSealed(new Uint8Array(MAX_SEALED_BYTES))).not.toThrow();
    expect(() => checkSealed(new Uint8Array())).toThrow(/at least one/);
    expect(() => checkSealed(new Uint8Array(MAX_SEALED_BYTES + 1))).toThrow(/over the 1024/);
  });
});

/** A packet so long, which says that its message is as long as that. */
function writeHeader(message: number, length: number): Uint8Array {
  const datagram = new Uint8Array(length);
  datagram.set(bytes.slice(0, 16));
  datagram.set([(length / 4 - 1) >> 8, (length / 4 - 1) & 0xff], 2);
  if (length > 16) datagram.set([message >> 8, message & 0xff], 16);
  return datagram;
}
