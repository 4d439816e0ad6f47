import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtcp, serializeRtcp, type OtherRtcp } from '../packet/rtcp.js';
import { guarded } from '../testing/guarded.js';
import { fromHex } from '../testing/hex.js';
import { isProbe, readProbe, writeProbe, type Probe } from './probe-packet.js';

const probe: Probe = {
  kind: 'request',
  sender: 0x01020304,
  receiver: 0xa1a2a3a4,
  transaction: { high: 0xdeadbeef, low: 0x00000001 },
};
const request = '80cc0005 01020304 48484250 a1a2a3a4 deadbeef 00000001';
const parsed = (bytes: Uint8Array) => parseRtcp(bytes)![0] as OtherRtcp;
const uint32 = fc.nat(2 ** 32 - 1);

describe('a probe', () => {
  it('is these bytes', () => {
    expect(serializeRtcp([writeProbe(probe)])).toEqual(fromHex(request));
    expect(serializeRtcp([writeProbe({ ...probe, kind: 'response' })])).toEqual(
      fromHex(request.replace('80cc', '81cc')),
    );
  });

  it('is read from them', () => {
    const packet = parsed(fromHex(request));
    expect(isProbe(packet)).toBe(true);
    expect(readProbe(packet)).toEqual(probe);
  });

  it('comes back as it was, and its answer is no longer than it', () => {
    const transaction = fc.record({ high: uint32, low: uint32 });
    fc.assert(
      fc.property(uint32, uint32, transaction, (sender, receiver, id) => {
        const sent = { kind: 'request' as const, sender, receiver, transaction: id };
        const bytes = serializeRtcp([writeProbe(sent)]);
        expect(readProbe(parsed(guarded(bytes)))).toEqual(sent);
        expect(serializeRtcp([writeProbe({ ...sent, kind: 'response' })]).length).toBe(bytes.length);
      }),
    );
  });

  it.each([
    ['another subtype', '82cc0005 01020304 48484250 a1a2a3a4 deadbeef 00000001'],
    ['too little', '80cc0004 01020304 48484250 a1a2a3a4 deadbeef'],
    ['too much', '80cc0006 01020304 48484250 a1a2a3a4 deadbeef 00000001 00000000'],
  ])('is malformed with %s', (_, hex) => {
    const packet = parsed(fromHex(hex));
    expect(isProbe(packet)).toBe(true);
    expect(readProbe(packet)).toBeUndefined();
  });

  it.each([
    ['another name', '80cc0005 01020304 48484249 a1a2a3a4 deadbeef 00000001'],
    ['another packet type', '80ce0005 01020304 48484250 a1a2a3a4 deadbeef 00000001'],
    ['no name', '80cc0001 01020304'],
  ])('is none with %s', (_, hex) => expect(isProbe(parsed(fromHex(hex)))).toBe(false));
});
