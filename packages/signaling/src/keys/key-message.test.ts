import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyMessages } from '../test-support/key-messages.js';
import { decodeKeyMessage, encodeKeyMessage } from './key-message.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const message = {
  ...({ epoch: 3, step: 1, profile: 'AEAD_AES_128_GCM', asks: true } as const),
  key: new Uint8Array(16).fill(0xaa),
  salt: new Uint8Array(12).fill(0xbb),
  heard: { epoch: 2, step: 5 },
  indices: [{ ssrc: 0x01020304, index: 0x0a0b_0c0d_0e0f }],
};
const bytes = Buffer.from(
  `0007${'01'}0000000300000001${'aa'.repeat(16)}${'bb'.repeat(12)}0000000200000005${'01'}010203040a0b0c0d0e0f`,
  'hex',
);

describe('the plaintext of a key message', () => {
  it('is written as documented', () => expect(hex(encodeKeyMessage(message))).toBe(hex(bytes)));

  it('is read as documented', () => expect({ ...decodeKeyMessage(bytes) }).toEqual(message));

  it('comes back as it was', () => {
    fc.assert(
      fc.property(keyMessages(), (any) => {
        const indices = [...any.indices].sort((a, b) => a.ssrc - b.ssrc);
        expect({ ...decodeKeyMessage(encodeKeyMessage(any)) }).toEqual({ ...any, indices });
      }),
    );
  });

  it('has one form alone: whatever is read is written again byte for byte', () => {
    const place = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    const almost = fc.array(place, { maxLength: 3 }).map((changes) => {
      const changed = Uint8Array.from(bytes);
      for (const { at, value } of changes) changed[at] = value;
      return changed;
    });
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 100 })), (any) => {
        const read = decodeKeyMessage(any);
        if (read) expect(hex(encodeKeyMessage(read))).toBe(hex(any));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['cut short', bytes.subarray(0, -1)],
    ['with a byte too many', Buffer.concat([bytes, Buffer.of(0)])],
    ['of an unknown profile', change(1, 2)],
    ['with an unknown flag', change(2, 2)],
    ['of epoch 0', change(6, 0)],
    ['that has heard a step of epoch 0', change(42, 0)],
    ['with one source twice', Buffer.concat([change(47, 2), bytes.subarray(48)])],
    ['with more sources than it has', change(47, 2)],
    ['of nothing', new Uint8Array()],
  ])('is not one %s', (_, any) => expect(decodeKeyMessage(any)).toBeUndefined());

  it('prints and serialises without key and salt', () => {
    const read = decodeKeyMessage(bytes)!;
    const shown = inspect({ deep: [read] }, { showHidden: true, depth: 9 }) + JSON.stringify([read]);
    expect(shown).toContain('[hidden]');
    expect(shown).not.toMatch(/170|187|qqqq/);
    expect(structuredClone(read)).toEqual(message);
  });
});

function change(at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}
