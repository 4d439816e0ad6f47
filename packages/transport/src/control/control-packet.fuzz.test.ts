import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyControl, anyDamage, damaged } from '../testing/arbitrary.js';
import { guarded } from '../testing/guarded.js';
import { parseRtp } from '../packet/rtp.js';
import { readControl, writeControl } from './control-packet.js';

const rtp = { sequenceNumber: 1, timestamp: 2, ssrc: 3 };

describe('whatever the bytes, readControl', () => {
  it('reads within them, and what it takes serialises to the same but for bits without meaning', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyControl, anyDamage, (payload, damage) => {
        const packet = damaged(writeControl(payload, rtp), damage);
        const header = parseRtp(packet);
        if (!header) return;
        const read = readControl(guarded(packet), header);
        if (!read) return;
        taken += 1;
        const plain = readControl(packet, header)!;
        const again = writeControl(plain, header);
        const body = Uint8Array.from(packet.subarray(header.payloadStart, header.payloadEnd));
        body[0]! &= plain.kind === 'data' ? 0xfe : 0xfc;
        body[1] = 0;
        // A hello has no delay.
        if (plain.kind === 'hello') body.fill(0, 2, 4);
        expect(again.subarray(12)).toEqual(body);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('reads noise within it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), fc.boolean(), (bytes, marker) => {
        readControl(guarded(bytes), { payloadStart: 0, payloadEnd: bytes.length, marker });
      }),
      { numRuns: 1000 },
    );
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(anyControl, (payload) => {
        const packet = writeControl(payload, rtp);
        expect(readControl(packet, parseRtp(packet)!)).toEqual(payload);
      }),
      { numRuns: 500 },
    );
  });
});
