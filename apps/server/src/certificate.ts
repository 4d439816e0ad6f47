import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { HhbError, messageOf } from '@hellohaybye/core';
import { keepCertificate } from '@hellohaybye/signaling/certificate';
import type { Certificate, SignalingServer } from '@hellohaybye/signaling/server';
import type { Settings } from './settings.js';

/** The server's certificate. */
export interface ServerCertificate extends Certificate {
  /** What clients know it by, where it is self-made. */
  pin?: string;
}

/**
 * The certificate that the server begins with, if it has one: its files', or its own, which is made where there is none
 * yet.
 * @throws HhbError `bad-certificate`, `unsafe-key-file`
 */
export async function openCertificate(
  settings: Pick<Settings, 'tlsCert' | 'tlsKey' | 'tlsSelf'>,
): Promise<ServerCertificate | undefined> {
  return settings.tlsSelf === undefined ? readCertificate(settings) : keepCertificate(settings.tlsSelf);
}

/**
 * The certificate and its key from their files, if there are any.
 * @throws HhbError `bad-certificate`
 */
export function readCertificate({
  tlsCert,
  tlsKey,
}: Pick<Settings, 'tlsCert' | 'tlsKey'>): Certificate | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new HhbError('bad-certificate', `${path} can't be read: ${messageOf(cause)}`, { cause });
    }
  };
  return { cert: read(tlsCert), key: read(tlsKey) };
}

/** Reads the files again; when something is wrong with them, the certificate before stays. */
export function reloadCertificate(
  settings: Pick<Settings, 'tlsCert' | 'tlsKey'>,
  server: Pick<SignalingServer, 'replaceCertificate'>,
  logger: Logger,
): void {
  try {
    const certificate = readCertificate(settings);
    if (!certificate) return logger.info('SIGHUP: there is no certificate to read again');
    server.replaceCertificate(certificate);
    logger.info({ file: settings.tlsCert }, 'certificate read again');
  } catch (error) {
    logger.error({ reason: messageOf(error) }, 'the certificate could not be read again and stays as it was');
  }
}
