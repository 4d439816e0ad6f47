import type { Server } from 'node:http';
import { HhbError, isHhbError, messageOf } from '@hellohaybye/core';

/** Where a server listens. */
export interface Bound {
  host: string;
  port: number;
}

/**
 * Starts to listen. At `::` it takes IPv4, too; on a system without IPv6 that is `0.0.0.0`.
 * @returns what was bound
 * @throws HhbError `port-in-use`, `host-not-available`, `port-not-permitted`, `bad-port`, `server-failed`
 */
export async function listen(server: Server, host: string, port: number): Promise<Bound> {
  try {
    return { host, port: await bind(server, host, port) };
  } catch (error) {
    if (host !== '::' || !isHhbError(error, 'host-not-available')) throw error;
    return { host: '0.0.0.0', port: await bind(server, '0.0.0.0', port) };
  }
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: unknown) => reject(listenError(cause, host, port, process.platform));
    server.once('error', fail);
    try {
      server.listen({ host, port }, () => {
        server.off('error', fail);
        resolve();
      });
    } catch (error) {
      fail(error);
    }
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** What kept a server from listening, as an error with a code and advice for the platform. */
export function listenError(cause: unknown, host: string, port: number, platform: NodeJS.Platform): HhbError {
  const fail = (code: string, message: string, hint?: string) => new HhbError(code, message, { hint, cause });
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return fail('port-in-use', `Port ${port} is in use`, holderHint(port, platform));
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return fail('host-not-available', `${host} is no address of this machine`, hostHint);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail('host-not-available', `There is no host named ${host}`, hostHint);
    case 'EACCES':
    case 'EPERM':
      return fail('port-not-permitted', `This user may not listen at port ${port}`, accessHint(port));
    case 'ERR_SOCKET_BAD_PORT':
      return fail('bad-port', `${port} is no port: it has to be from 0 to 65535`);
    default:
      return fail('server-failed', `Cannot listen at ${host} port ${port}: ${messageOf(cause)}`);
  }
}

function holderHint(port: number, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `To see who holds it: netstat -ano | findstr :${port}`;
  if (platform !== 'darwin') return `To see who holds it: ss -ltnp 'sport = :${port}'`;
  const look = `To see who holds it: lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  if (port !== 5000 && port !== 7000) return look;
  return `macOS keeps it for AirPlay: turn off AirPlay Receiver in the system settings or take another port. ${look}`;
}

const hostHint =
  'Listen at :: for every network of this machine, at 0.0.0.0 for those of IPv4, or at 127.0.0.1 for this machine alone.';

const accessHint = (port: number) =>
  port < 1024 ? 'Ports below 1024 need special rights: take a higher one.' : 'Take another port.';
