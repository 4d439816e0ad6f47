import { createCipheriv, createSecretKey } from 'node:crypto';

/** What one master key gives for RTP, or for RTCP. */
export interface SessionKeys {
  encryption: Uint8Array;
  /** Not used with AES-GCM. */
  authentication: Uint8Array;
  salt: Uint8Array;
}

/** Which session key (RFC 3711, section 4.3.1). */
export const label = {
  rtpEncryption: 0,
  rtpAuthentication: 1,
  rtpSalt: 2,
  rtcpEncryption: 3,
  rtcpAuthentication: 4,
  rtcpSalt: 5,
} as const;

/**
 * Derives a session key, with a key derivation rate of 0 (RFC 3711, sections 4.3.1 and 4.3.3). AES-GCM's salt of 12
 * bytes counts as one of 14 that ends in zeros (RFC 7714, section 11).
 * @param which a `label`
 */
export function deriveSessionKey(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  which: number,
  length: number,
): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(masterSalt);
  // The label stands left of the 48-bit index, which a rate of 0 makes 0: byte 7 of the salt's 14.
  counter[7]! ^= which;
  const cipher = createCipheriv('aes-128-ctr', createSecretKey(masterKey), counter);
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}
