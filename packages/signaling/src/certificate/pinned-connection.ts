import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { HhbError } from '@hellohaybye/core';
import { resolveHost } from '../addresses/node/resolve-host.js';
import { pinOf } from './pin.js';

/** Opens the connection of an HTTP request: what `node:http` and `ws` take as `createConnection`. */
export type CreateConnection = (
  to: { host?: string | null | undefined; port?: number | string | null | undefined },
  opened: (error: Error | null, socket: Duplex) => void,
) => undefined;

/**
 * TLS connections to a server that has to have the certificate of a pin; no authority, name or date counts beside it.
 * The request gets its connection only after that was seen, so that nothing of it is sent to anybody else. Each
 * handshake is a whole one: in a resumed one, the server would show no certificate.
 * @param signal ends a handshake that is under way
 * @returns fails with HhbError `server-not-trusted`, or as `node:tls` does
 */
export function pinnedConnection(pin: string, signal: AbortSignal): CreateConnection {
  return ({ host, port }, opened) => {
    const name = host ?? 'localhost';
    const address = resolveHost(name) ?? name;
    const where = { host: address, port: Number(port ?? 443), servername: isIP(address) ? '' : name };
    const socket = connect({ ...where, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false });
    const abort = () => socket.destroy();
    const settle = (error: Error | null) => {
      socket.off('error', settle);
      socket.off('close', closed);
      signal.removeEventListener('abort', abort);
      if (error) socket.on('error', () => {}).destroy();
      opened(error, socket);
    };
    const closed = () => settle(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      settle(shown && pinOf(shown) === pin ? null : otherCertificate(address, where.port));
    });
    socket.on('error', settle);
    socket.on('close', closed);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    return undefined;
  };
}

const otherCertificate = (host: string, port: number) =>
  new HhbError(
    'server-not-trusted',
    `The server at ${host}, port ${port} has another certificate than its pin says`,
    {
      hint: 'Either it is not the server that was meant, or its key was made anew: ask whoever runs it for its pin.',
    },
  );
