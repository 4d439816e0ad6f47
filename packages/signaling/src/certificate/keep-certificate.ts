import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HhbError, messageOf } from '@hellohaybye/core';
import { makeOwnerFile, readOwnerFile, type OwnerFile } from '@hellohaybye/core/node';
import { makeCertificate, type OwnCertificate } from './make-certificate.js';
import { pinOf } from './pin.js';

/** A certificate of one's own, as it is kept in a file. */
export interface KeptCertificate extends OwnCertificate {
  /** What clients know it by. */
  pin: string;
}

/**
 * The self-made certificate that a file holds, with its private key (both PEM). Where there is no such file it is made,
 * for its owner alone to read, with the folders above it; so the pin is the same from start to start.
 * @throws HhbError `unsafe-key-file` (others can read it), `bad-certificate` (it can't be read, used or made)
 */
export async function keepCertificate(file: string): Promise<KeptCertificate> {
  return read(file) ?? (await make(file));
}

/** @returns undefined where there is no such file */
function read(file: string): KeptCertificate | undefined {
  let kept: OwnerFile | undefined;
  try {
    kept = readOwnerFile(file);
  } catch (cause) {
    throw unusable(`${file} can't be read: ${messageOf(cause)}`, cause);
  }
  if (!kept) return undefined;
  if (kept.exposed) {
    throw new HhbError('unsafe-key-file', `Others can get at the private key in ${file}`, {
      hint: `Whoever has it can pass for this server: remove the file to have another made, or, if nobody has read it, "chmod 600 ${file}".`,
    });
  }
  try {
    const certificate = new X509Certificate(kept.text);
    const key = createPrivateKey(kept.text);
    if (!certificate.checkPrivateKey(key)) throw new Error('the key is that of another');
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { cert: certificate.toString(), key: pem, pin: pinOf(certificate) };
  } catch (cause) {
    throw unusable(`${file} holds no certificate with its key: ${messageOf(cause)}`, cause);
  }
}

async function make(file: string): Promise<KeptCertificate> {
  const { cert, key } = await makeCertificate();
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    makeOwnerFile(file, key + cert);
  } catch (cause) {
    throw unusable(`${file} can't be made: ${messageOf(cause)}`, cause);
  }
  // Of two processes that begin at once one's counts.
  const kept = read(file);
  if (!kept) throw unusable(`${file} is gone again`);
  return kept;
}

const unusable = (message: string, cause?: unknown) =>
  new HhbError('bad-certificate', message, {
    hint: 'Give another file, or remove this one to have a new certificate made; clients then need its pin.',
    cause,
  });
