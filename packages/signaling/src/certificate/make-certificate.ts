import { createPrivateKey, webcrypto } from 'node:crypto';

/** A certificate and its private key. */
export interface OwnCertificate {
  /** PEM. */
  cert: string;
  /** PEM (PKCS #8). */
  key: string;
}

/**
 * Makes a key (ECDSA, P-256) and a certificate for it that is signed by itself. It is good for servers alone, of any
 * name, and for ever: who pins its key asks for nothing else, and a wrong clock should lock nobody out. It tells
 * nothing of this machine.
 */
export async function makeCertificate(): Promise<OwnCertificate> {
  // Only who makes a certificate waits until these are loaded.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=hellohaybye',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    notBefore: new Date('2000-01-01T00:00:00Z'),
    // What certificates without an end have (RFC 5280, section 4.1.2.5).
    notAfter: new Date('9999-12-31T23:59:59Z'),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' });
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
