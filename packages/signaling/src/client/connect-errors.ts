import { HhbError, isHhbError, messageOf } from '@hellohaybye/core';
import { resolveHost } from '../addresses/node/resolve-host.js';
import { oneLine } from '../protocol/text.js';

/** Nobody is there, or not at that name, or not the one who should be. */
export function unreachable(url: string, cause: unknown): HhbError {
  if (isHhbError(cause, 'server-not-trusted')) return cause;
  const { port, protocol, hostname: host } = new URL(url);
  const hostname = resolveHost(host) ?? host;
  const where = `${hostname}, port ${port || (protocol === 'wss:' ? 443 : 80)}`;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ECONNREFUSED':
      return new HhbError('server-unreachable', `No server listens at ${where}`, {
        hint: 'Start one with hellohaybye-server, or check the address.',
        cause,
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HhbError('server-not-found', `There is no host named ${hostname}`, {
        hint: 'Check the name, or use an IP address.',
        cause,
      });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
      return new HhbError('server-unreachable', `There is no way to ${where}`, {
        hint: 'Is this machine in the same network?',
        cause,
      });
    case 'ETIMEDOUT':
      return new HhbError('server-timeout', `The server at ${url} did not answer`, { cause });
    case 'ECONNRESET':
    case 'EPIPE':
      return notASignalingServer(url, 'it breaks the connection off', cause);
    default:
      break;
  }
  if (certificateErrors.test(code)) {
    return new HhbError(
      'server-not-trusted',
      `The certificate of the server at ${where} is not trusted: ${oneLine(withoutAdvice(messageOf(cause)))}`,
      { hint: `If the server made it itself, it told its pin when it started: use ${url}#<pin>`, cause },
    );
  }
  // The errors of a broken HTTP answer and of a failed WebSocket handshake; TLS errors have codes of others.
  if (code.startsWith('HPE_') || code.startsWith('WS_ERR_') || code === '') {
    return notASignalingServer(url, oneLine(messageOf(cause)), cause);
  }
  return new HhbError('server-unreachable', `No connection to ${where}: ${oneLine(messageOf(cause))}`, {
    cause,
  });
}

/** Something answers there, but not as it should. */
export const notASignalingServer = (url: string, why: string, cause?: unknown): HhbError =>
  new HhbError('not-a-signaling-server', `What answers at ${url} is no HelloHayBye server: ${why}`, {
    cause,
  });

/** The server speaks our language and says no. */
export function refusedBy(url: string, reply: { code: string; message: string }): HhbError {
  const message = oneLine(reply.message);
  if (reply.code === 'unsupported-version') {
    return new HhbError('unsupported-version', `The server at ${url} speaks another version: ${message}`, {
      hint: 'Bring both to the same release.',
    });
  }
  return new HhbError('server-refused', `The server at ${url} refused (${reply.code}): ${message}`);
}

/** Newer releases of Node end the message with advice on starting Node, which is nothing to who runs a program. */
const withoutAdvice = (message: string): string => message.replace(/; if the root CA is installed.*$/s, '');

/** The codes of `node:tls` for a certificate that is not accepted (OpenSSL's verification errors, and a wrong name). */
const certificateErrors =
  /CERT|ISSUER|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/;
