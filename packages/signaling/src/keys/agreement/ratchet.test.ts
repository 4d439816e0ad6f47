import { describe, expect, it } from 'vitest';
import { nextKey, type GenerationKey } from './ratchet.js';

const hex = ({ key, salt }: { key: Uint8Array; salt: Uint8Array }) =>
  [key, salt].map((one) => Buffer.from(one).toString('hex'));
const first: GenerationKey = {
  epoch: 1,
  step: 0,
  profile: 'AEAD_AES_128_GCM',
  key: new Uint8Array(16).fill(1),
  salt: new Uint8Array(12).fill(2),
};
const step = (key = first) => nextKey(key);

describe('the next step of a key', () => {
  it('is always the same, and leaves the key as it was', () => {
    expect(hex(step())).toEqual(hex(step()));
    expect(hex(first)).toEqual(['01'.repeat(16), '02'.repeat(12)]);
    expect([step().epoch, step().step, step(step()).step]).toEqual([1, 1, 2]);
  });

  it('is another for each key, salt, epoch, step and profile', () => {
    const others = [
      step(),
      step({ ...first, key: new Uint8Array(16).fill(3) }),
      step({ ...first, salt: new Uint8Array(12).fill(3) }),
      step({ ...first, epoch: 2 }),
      step({ ...first, step: 1 }),
      step({ ...first, profile: 'AES_CM_128_HMAC_SHA1_80' }),
      first,
    ];
    expect(new Set(others.map((key) => hex(key)[0])).size).toBe(others.length);
  });

  it('has the lengths of the profile', () => {
    const longer = step({ ...first, profile: 'AES_CM_128_HMAC_SHA1_80', salt: new Uint8Array(14) });
    expect([longer.key.length, longer.salt.length]).toEqual([16, 14]);
  });
});
