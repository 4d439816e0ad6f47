import { get } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { HhbError } from '@hellohaybye/core';

/** The two ends of a connection to a signaling server that answers. */
export interface Reached {
  localAddress: string;
  remoteAddress: string;
}

/** How long a machine may take to answer, milliseconds. */
const answerTimeout = 1500;

/** A host and a port as they stand in a URL. */
export const hostInUrl = (host: string, port: number): string =>
  `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/**
 * Lets a host name or an IP address through, and nothing else. IPv6 addresses have no zone: URLs know none.
 * @throws HhbError `bad-address`
 */
export function checkHost(host: string): string {
  const looksRight = isIPv6(host) || /^[\p{L}\p{N}]([\p{L}\p{N}._-]{0,251}[\p{L}\p{N}.])?$/u.test(host);
  if (looksRight && URL.canParse(`ws://${hostInUrl(host, 1)}`)) return host;
  throw new HhbError('bad-address', `${JSON.stringify(host.slice(0, 60))} is no host name or IP address`);
}

/** Whether a signaling server answers at an address, and over which addresses it was reached. */
export function reach(host: string, port: number): Promise<Reached | undefined> {
  return new Promise((resolve) => {
    const request = get(
      `http://${hostInUrl(host, port)}/healthz`,
      { timeout: answerTimeout, agent: false },
      (response) => {
        const { localAddress = '', remoteAddress = '' } = response.socket;
        response.resume();
        resolve(response.statusCode === 200 ? { localAddress, remoteAddress } : undefined);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/**
 * When both ends wait for each other, each with a server of its own, one must go to the other: the one
 * whose address is higher. Both reckon alike, for both know the same two addresses.
 */
export function shouldMove({ localAddress, remoteAddress }: Reached): boolean {
  const family = isIP(localAddress) === 6 ? 'ipv6' : 'ipv4';
  if (localAddress === remoteAddress || isIP(localAddress) !== isIP(remoteAddress)) return false;
  const below = new BlockList();
  below.addRange(family === 'ipv6' ? '::' : '0.0.0.0', localAddress, family);
  return below.check(remoteAddress, family);
}
