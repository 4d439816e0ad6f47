import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { HhbError, messageOf } from '@hellohaybye/core';
import { keepCertificate, pinOf } from '@hellohaybye/signaling/certificate';
import type { Certificate, SignalingServer } from '@hellohaybye/signaling/server';
import type { Settings } from './settings.js';

/** The server's certificate. */
export interface ServerCertificate extends Certificate {
  /** What clients can know it by, whoever has signed it. */
  pin: string;
}

type TlsSettings = Pick<Settings, 'tlsCert' | 'tlsKey' | 'tlsSelf'>;

/**
 * The certificate of the server, if it has one: its files', or its own, which is made where there is none yet.
 * @throws HhbError `bad-certificate`, `unsafe-key-file`
 */
export async function openCertificate(settings: TlsSettings): Promise<ServerCertificate | undefined> {
  const { tlsCert, tlsKey, tlsSelf } = settings;
  if (tlsSelf !== undefined) return keepCertificate(tlsSelf);
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const cert = readFile(tlsCert);
  return { cert, key: readFile(tlsKey), pin: pinIn(cert, tlsCert) };
}

/**
 * Reads it again; when something is wrong with it, the one before stays.
 * @returns what the server has from now on; undefined when nothing has changed
 */
export async function reloadCertificate(
  settings: TlsSettings,
  server: Pick<SignalingServer, 'replaceCertificate'>,
  logger: Logger,
): Promise<ServerCertificate | undefined> {
  const file = settings.tlsCert ?? settings.tlsSelf;
  if (file === undefined) return void logger.info('SIGHUP: there is no certificate to read again');
  try {
    const certificate = await openCertificate(settings);
    if (!certificate) return undefined;
    server.replaceCertificate(certificate);
    logger.info({ file, pin: certificate.pin }, 'certificate read again');
    return certificate;
  } catch (error) {
    logger.error({ reason: messageOf(error) }, 'the certificate could not be read again and stays as it was');
    return undefined;
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new HhbError('bad-certificate', `${path} can't be read: ${messageOf(cause)}`, { cause });
  }
}

/** The server's own comes first in a file with its chain. */
function pinIn(cert: Buffer, path: string): string {
  try {
    return pinOf(cert);
  } catch (cause) {
    throw new HhbError('bad-certificate', `${path} holds no certificate: ${messageOf(cause)}`, { cause });
  }
}
