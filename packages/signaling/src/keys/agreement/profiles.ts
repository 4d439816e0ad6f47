import type { SrtpProfile } from './types.js';

/** Bytes of a master key. */
export const keyBytes = 16;

/** Bytes of a master salt (RFC 3711, section 8.2; RFC 7714, section 12). */
export const saltBytes: Readonly<Record<SrtpProfile, number>> = {
  AES_CM_128_HMAC_SHA1_80: 14,
  AEAD_AES_128_GCM: 12,
};
