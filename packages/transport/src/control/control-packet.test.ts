import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../testing/hex.js';
import { parseRtp } from '../packet/rtp.js';
import { readControl, writeControl, type ControlPayload } from './control-packet.js';

const rtp = { sequenceNumber: 0x1234, timestamp: 0x01020304, ssrc: 0xaabbccdd };
const sessions = { receiver: 0x11223344, from: 0x55667788, to: 0x99aabbcc };
const acknowledged = { next: 0xfffffffe, received: [0x80000001, 0x40000000] as const, delay: 0x0102 };

const vectors: [string, ControlPayload, string][] = [
  [
    'a hello',
    { kind: 'hello', ...sessions },
    '807e1234 01020304 aabbccdd  20000000 11223344 55667788 99aabbcc',
  ],
  [
    'a hello that asks',
    { kind: 'hello', ...sessions, to: 0 },
    '807e1234 01020304 aabbccdd  20000000 11223344 55667788 00000000',
  ],
  [
    'an acknowledgement',
    { kind: 'acknowledgement', ...sessions, ...acknowledged },
    '807e1234 01020304 aabbccdd  24000102 11223344 55667788 99aabbcc fffffffe 80000001 40000000',
  ],
  [
    'the middle of a message, urgent',
    {
      kind: 'data',
      ...sessions,
      ...acknowledged,
      sequenceNumber: 0xcafe0001,
      urgent: true,
      last: false,
      fragment: Uint8Array.of(1, 2, 3),
    },
    '807e1234 01020304 aabbccdd  2a000102 11223344 55667788 99aabbcc fffffffe 80000001 40000000 cafe0001 010203',
  ],
  [
    'an empty message',
    {
      kind: 'data',
      ...sessions,
      ...acknowledged,
      sequenceNumber: 0,
      urgent: false,
      last: true,
      fragment: new Uint8Array(0),
    },
    '80fe1234 01020304 aabbccdd  28000102 11223344 55667788 99aabbcc fffffffe 80000001 40000000 00000000',
  ],
];

const read = (packet: Uint8Array) => readControl(packet, parseRtp(packet)!);

describe.each(vectors)('%s', (_, payload, hex) => {
  const bytes = fromHex(hex);

  it('is read', () => {
    expect(read(bytes)).toEqual(payload);
  });

  it('is written', () => {
    expect(toHex(writeControl(payload, rtp))).toBe(toHex(bytes));
  });

  it('comes back as it was', () => {
    expect(read(writeControl(payload, rtp))).toEqual(payload);
  });

  it('is read with bits set that have no meaning yet', () => {
    const later = Uint8Array.from(bytes);
    later[12]! |= 1;
    later[13] = 0xff;
    expect(read(later)).toEqual(payload);
  });

  it('is none when its end is cut off, or another version', () => {
    const whole = payload.kind === 'data' ? bytes.length - payload.fragment.length : bytes.length;
    for (let length = 12; length < whole; length += 1)
      expect(read(bytes.subarray(0, length))).toBeUndefined();
    for (const version of [0, 2, 3, 7]) {
      const other = Uint8Array.from(bytes);
      other[12] = (other[12]! & 0x1f) | (version << 5);
      expect(read(other)).toBeUndefined();
    }
  });
});

describe('a packet is none', () => {
  const broken = (number: number, change: (bytes: Uint8Array, view: DataView) => void, more = 0) => {
    const bytes = new Uint8Array([...fromHex(vectors[number]![2]), ...new Array<number>(more).fill(1)]);
    change(bytes, new DataView(bytes.buffer));
    return bytes;
  };
  it.each([
    ['of a kind that there is not', broken(2, (bytes) => (bytes[12]! |= 0x0c))],
    ['whose sender has no session', broken(0, (_, view) => view.setUint32(20, 0))],
    ['acknowledging to nobody', broken(2, (_, view) => view.setUint32(24, 0))],
    ['with data for nobody', broken(3, (_, view) => view.setUint32(24, 0))],
    ['that is a hello with something behind it', broken(0, () => undefined, 1)],
    ['that is an acknowledgement with something behind it', broken(2, () => undefined, 1)],
    ['with an empty part of a longer message', broken(4, (bytes) => (bytes[1]! &= 0x7f))],
    ['longer than a message may be', broken(4, () => undefined, 16_385)],
  ])('%s', (_, bytes) => {
    expect(read(bytes)).toBeUndefined();
  });

  it('but with the longest message it is one', () => {
    expect(read(broken(4, () => undefined, 16_384))).toMatchObject({ kind: 'data' });
  });
});
