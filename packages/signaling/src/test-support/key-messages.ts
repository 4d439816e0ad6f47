import fc from 'fast-check';
import type { Generation, KeyMessage } from '../keys/agreement/types.js';

const uint32 = fc.nat(0xffff_ffff);
const generations: fc.Arbitrary<Generation> = fc.record({
  epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
  step: uint32,
});
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Any key message that can be. */
export const keyMessages = (): fc.Arbitrary<KeyMessage> =>
  fc
    .constantFrom(['AEAD_AES_128_GCM', 12] as const, ['AES_CM_128_HMAC_SHA1_80', 14] as const)
    .chain(([profile, saltLength]) =>
      fc.record({
        own: generations,
        profile: fc.constant(profile),
        key: bytes(16),
        salt: bytes(saltLength),
        heard: fc.option(generations, { nil: undefined }),
        asks: fc.boolean(),
        indices: fc.uniqueArray(fc.record({ ssrc: uint32, index: fc.maxSafeNat().map((n) => n % 2 ** 48) }), {
          selector: ({ ssrc }) => ssrc,
          maxLength: 64,
        }),
      }),
    )
    .map(({ own, ...rest }) => ({ ...own, ...rest }));
