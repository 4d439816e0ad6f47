import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { lookupHost } from '../../addresses/node/resolve-host.js';
import { pinOf } from '../../certificate/pin.js';

/**
 * The pin of the certificate that a server shows, whoever it may be. Nothing but a TLS handshake is sent to it.
 * @param timeoutMs milliseconds that it may take
 * @returns undefined when there is none in time
 */
export function shownPin(
  host: string,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted || timeoutMs <= 0) return resolve(undefined);
    const where = { host, port, lookup: lookupHost, servername: isIP(host) ? '' : host };
    const socket = connect({ ...where, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false });
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      const shown = socket.getPeerX509Certificate();
      resolve(shown && pinOf(shown));
      socket.destroy();
    };
    const timer = setTimeout(end, timeoutMs);
    socket.once('secureConnect', end);
    socket.on('error', end);
    socket.on('close', end);
    signal?.addEventListener('abort', end);
  });
}
