import { createHash, X509Certificate } from 'node:crypto';

/**
 * The pin of a certificate: the SHA-256 of its public key (SubjectPublicKeyInfo), as in RFC 7469, section 2.4, but
 * in base64url: 43 characters. Another certificate of the same key has the same pin.
 * @param certificate PEM or DER; of several in PEM the first counts
 */
export function pinOf(certificate: X509Certificate | string | Uint8Array): string {
  const { publicKey } =
    certificate instanceof X509Certificate ? certificate : new X509Certificate(certificate);
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}
