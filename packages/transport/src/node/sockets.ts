import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { HhbError } from '@hellohaybye/core';
import type { ChannelOptions } from './options.js';
import { grantedBytes, RECEIVE_BUFFER_BYTES } from './receive-buffer.js';

/** A socket that is bound, and the channels that it serves. */
export interface BoundSocket {
  /** The first of its channels: what the endpoint knows the socket by. */
  name: string;
  channels: string[];
  socket: Socket;
  family: 4 | 6;
  port: number;
  /** Bytes of the receive buffer that the system granted. */
  receiveBuffer: number;
}

/**
 * Binds a socket for each host and port among the channels.
 * @throws HhbError `port-in-use`, `port-not-allowed`, `host-not-available`, `bind-failed`; nothing stays bound then
 */
export async function bindSockets(channels: Record<string, ChannelOptions>): Promise<BoundSocket[]> {
  const groups = new Map<string, { options: ChannelOptions; channels: string[] }>();
  for (const [name, options] of Object.entries(channels)) {
    const key = options.port === 0 ? name : `${options.host ?? ''} ${options.port}`;
    const group = groups.get(key);
    if (group) group.channels.push(name);
    else groups.set(key, { options, channels: [name] });
  }
  // A fallback must not take the port that another channel is about to ask for.
  const wanted = new Set(Object.values(channels).map(({ port }) => port));
  const bound: BoundSocket[] = [];
  try {
    for (const { options, channels: names } of groups.values())
      bound.push(await bindOne(names, options, wanted));
  } catch (error) {
    for (const { socket } of bound) socket.close();
    throw error;
  }
  return bound;
}

async function bindOne(
  channels: string[],
  options: ChannelOptions,
  wanted: Set<number>,
): Promise<BoundSocket> {
  const { host, port: first, fallback = false } = options;
  const last = fallback && first !== 0 ? Math.min(65_535, first + MAX_FALLBACKS) : first;
  for (let port = first; port <= last; port += 1) {
    if (port !== first && wanted.has(port)) continue;
    try {
      const socket = await (host === undefined ? bindToAll(port) : bind(host, port));
      return {
        name: channels[0]!,
        channels,
        socket,
        family: socket.address().family === 'IPv6' ? 6 : 4,
        port: socket.address().port,
        receiveBuffer: enlargeReceiveBuffer(socket),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port === last) {
        throw bindError(error as NodeJS.ErrnoException, host ?? '::', first, last, channels[0]!);
      }
    }
  }
  throw new HhbError('port-in-use', `Ports ${first} to ${last} are in use`);
}

/** Binds to all addresses of this machine: of both families, or of IPv4 where there is no IPv6. */
async function bindToAll(port: number): Promise<Socket> {
  try {
    return await bind('::', port);
  } catch (error) {
    if (!lacksIpv6(error as NodeJS.ErrnoException)) throw error;
    return bind('0.0.0.0', port);
  }
}

function bind(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: isIP(host) === 6 ? 'udp6' : 'udp4',
      // Addresses are never names here. Answering at once lets `send` reach the system in the same turn.
      lookup: (address, _options, callback) => callback(null, address, isIP(address)),
    });
    const fail = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Whether a system without IPv6, or one where it is turned off, said no. */
const lacksIpv6 = ({ code = '' }: NodeJS.ErrnoException): boolean =>
  ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', 'EPROTONOSUPPORT'].includes(code);

/** Asks for a large receive buffer; some systems refuse too much instead of granting less. */
function enlargeReceiveBuffer(socket: Socket): number {
  for (let asked = RECEIVE_BUFFER_BYTES; asked > 64 * 1024; asked /= 2) {
    try {
      socket.setRecvBufferSize(asked);
      break;
    } catch {
      // Half of it, then.
    }
  }
  return grantedBytes(socket.getRecvBufferSize());
}

function bindError(
  error: NodeJS.ErrnoException,
  host: string,
  first: number,
  last: number,
  channel: string,
): HhbError {
  const ports = first === last ? `Port ${first}` : `Ports ${first} to ${last}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new HhbError(
        'port-in-use',
        `${ports} (UDP, for ${channel}) ${first === last ? 'is' : 'are'} in use`,
        {
          hint: 'End the program that holds it, or choose another port.',
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return new HhbError('port-not-allowed', `${ports} (UDP, for ${channel}) is not allowed to this user`, {
        hint: 'Choose a port over 1023.',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new HhbError('host-not-available', `${host} (for ${channel}) is no address of this machine`, {
        cause: error,
      });
    default:
      return new HhbError('bind-failed', `${ports} (UDP, for ${channel}) can't be bound: ${error.message}`, {
        cause: error,
      });
  }
}

const MAX_FALLBACKS = 100;
