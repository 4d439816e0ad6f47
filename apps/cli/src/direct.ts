import { get } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

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
