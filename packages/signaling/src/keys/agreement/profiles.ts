import type { SrtpProfile } from './types.js';

/** All profiles of SRTP that there are, in the order in which they are preferred: docs/decisions/0001-srtp-profile.md. */
export const srtpProfiles: readonly SrtpProfile[] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

/** The first of our own profiles that all others have, too; undefined when there is none. */
export const commonProfile = (
  own: readonly SrtpProfile[],
  others: readonly (readonly string[])[],
): SrtpProfile | undefined => own.find((profile) => others.every((theirs) => theirs.includes(profile)));

/** Bytes of a master key. */
export const keyBytes = 16;

/** Bytes of a master salt (RFC 3711, section 8.2; RFC 7714, section 12). */
export const saltBytes: Readonly<Record<SrtpProfile, number>> = {
  AES_CM_128_HMAC_SHA1_80: 14,
  AEAD_AES_128_GCM: 12,
};
