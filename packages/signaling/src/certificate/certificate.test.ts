import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCertificate } from './keep-certificate.js';
import { makeCertificate } from './make-certificate.js';
import { pinOf } from './pin.js';

const onUnix = it.skipIf(process.platform === 'win32');

describe('a self-made certificate', () => {
  it('has a key of its own on P-256, no end, and is good for a server alone', async () => {
    const [{ cert, key }, other] = [await makeCertificate(), await makeCertificate()];
    const certificate = new X509Certificate(cert);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validTo).toBe('Dec 31 23:59:59 9999 GMT');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect([certificate.subject, certificate.subjectAltName]).toEqual(['CN=hellohaybye', undefined]);
    expect(pinOf(other.cert)).not.toBe(pinOf(cert));
    expect(new X509Certificate(other.cert).serialNumber).not.toBe(certificate.serialNumber);
  });

  it('is pinned by the SHA-256 of its SPKI, whether it is PEM or DER', async () => {
    const { cert } = await makeCertificate();
    const certificate = new X509Certificate(cert);
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    // The bytes that are hashed are those of the certificate.
    expect(certificate.raw.includes(spki)).toBe(true);
    const pin = createHash('sha256').update(spki).digest('base64url');
    expect([pinOf(cert), pinOf(certificate.raw), pinOf(certificate)]).toEqual([pin, pin, pin]);
  });

  it('is pinned as openssl reckons', async ({ skip }) => {
    const { cert } = await makeCertificate();
    const openssl = (args: string[], input: string | Buffer) => execFileSync('openssl', args, { input });
    try {
      execFileSync('openssl', ['version'], { stdio: 'ignore' });
    } catch {
      skip('openssl not found');
    }
    const pem = openssl(['x509', '-pubkey', '-noout'], cert);
    const digest = openssl(
      ['dgst', '-sha256', '-binary'],
      openssl(['pkey', '-pubin', '-outform', 'DER'], pem),
    );
    expect(pinOf(cert)).toBe(digest.toString('base64url'));
  });
});

describe('the file of a self-made certificate', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hellohaybye-certificate-'));
    file = join(folder, 'deeper', 'server-certificate.pem');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, and holds the same from then on', async () => {
    const first = await keepCertificate(file);
    expect(first.pin).toBe(pinOf(first.cert));
    const text = readFileSync(file, 'utf8');
    expect(await keepCertificate(file)).toEqual(first);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(dirname(file))).toEqual(['server-certificate.pem']);
  });

  it('is one for all who begin at the same moment', async () => {
    const kept = await Promise.all(Array.from({ length: 8 }, () => keepCertificate(file)));
    expect(new Set(kept.map(({ pin }) => pin)).size).toBe(1);
    expect(readdirSync(dirname(file))).toEqual(['server-certificate.pem']);
  });

  onUnix('is its owner’s alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await keepCertificate(file);
    } finally {
      process.umask(before);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  onUnix.each([0o640, 0o604, 0o620, 0o602])('is refused with mode %o, and stays as it is', async (mode) => {
    await keepCertificate(file);
    const text = readFileSync(file, 'utf8');
    chmodSync(file, mode);
    await expect(keepCertificate(file)).rejects.toMatchObject({
      ...{ code: 'unsafe-key-file', message: `Others can get at the private key in ${file}` },
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is refused when it holds something else, in a line that tells no key', async () => {
    const [one, other] = [await makeCertificate(), await makeCertificate()];
    await keepCertificate(file);
    for (const text of ['', 'nonsense', one.cert, one.key, other.key + one.cert]) {
      writeFileSync(file, text);
      const error: unknown = await keepCertificate(file).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: 'bad-certificate', hint: expect.any(String) as string });
      expect((error as Error).message).toMatch(/holds no certificate with its key: [^\n]+$/);
      expect((error as Error).message).not.toContain('PRIVATE');
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  it('that can’t be made is told in a line', async () => {
    writeFileSync(join(folder, 'deeper'), '');
    await expect(keepCertificate(file)).rejects.toMatchObject({ code: 'bad-certificate' });
    expect(existsSync(file)).toBe(false);
  });
});
