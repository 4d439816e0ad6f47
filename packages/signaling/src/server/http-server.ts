import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { Certificate } from './options.js';

/**
 * An HTTP server that does not wait long for requests; with a certificate it speaks TLS alone.
 * @throws HhbError `bad-certificate`
 */
export function createHttpServer(listener: RequestListener, certificate: Certificate | undefined): Server {
  const patience = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 5_000 };
  if (!certificate) return createServer(patience, listener);
  checkCertificate(certificate);
  return createTlsServer({ ...patience, ...certificate, handshakeTimeout: 10_000 }, listener);
}

/**
 * Connections from now on get another certificate.
 * @throws HhbError `bad-certificate`, `no-tls`
 */
export function replaceCertificate(server: Server, certificate: Certificate): void {
  if (!(server instanceof TlsServer)) {
    throw new HhbError('no-tls', 'The server was started without a certificate');
  }
  checkCertificate(certificate);
  server.setSecureContext({ ...certificate });
}

function checkCertificate({ cert, key }: Certificate): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new HhbError('bad-certificate', `The certificate and its key can't be used: ${messageOf(cause)}`, {
      hint: 'Both have to be PEM, and the key that of the certificate.',
      cause,
    });
  }
}
