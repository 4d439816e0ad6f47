import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256 as WebCryptoKem, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 as ScriptKem } from '@hpke/dhkem-x25519';

/**
 * The one cipher suite of key messages: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM (RFC 9180,
 * section 7).
 * @param node the version of Node, as in `process.versions.node`
 */
export const makeSuite = (node: string): CipherSuite =>
  new CipherSuite({
    kem: hasStableX25519(node) ? new WebCryptoKem() : new ScriptKem(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  });

/** Before these, the first use of X25519 in WebCrypto prints an ExperimentalWarning. */
export function hasStableX25519(node: string): boolean {
  const [major = 0, minor = 0, patch = 0] = node.split('.').map(Number);
  if (major === 20) return minor > 19 || (minor === 19 && patch >= 3);
  if (major === 22) return minor >= 13;
  return major > 23 || (major === 23 && minor >= 5);
}
