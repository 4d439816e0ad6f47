import { isIP } from 'node:net';
import { HhbError, type Clock } from '@hellohaybye/core';
import type { Address } from '../../endpoint/types.js';
import { checkLink, type LinkOptions } from '../link-options.js';

/** Where a relay listens, and where it sends what comes in there. */
export interface RelayRoute {
  /** The address to bind, 127.0.0.1 unless given, and the port: 0 for any free one. */
  listen: { host?: string; port: number };
  /** An IP address, not a name, and a port. */
  to: Address;
  /**
   * The port that the first client's datagrams come from, as `to` sees it; any free one unless given. `to` can
   * send there by itself, and the client gets it.
   */
  via?: number;
}

/** How `openRelay` opens. */
export interface RelayOptions extends RelayRoute {
  /** Further routes over the same two links, for what uses several ports. */
  also?: readonly RelayRoute[];
  /** The link to `to`: a perfect wire unless given. */
  up?: LinkOptions;
  /** The link from `to` to whoever sent: a perfect wire unless given. */
  down?: LinkOptions;
  /** A whole number that decides all that is random: 1 unless given. */
  seed?: number;
  /** `systemClock` unless given. */
  clock?: Clock;
}

/** @throws HhbError `bad-option`, `bad-address` */
export function checkRelay({ up = {}, down = {}, also = [], ...first }: RelayOptions): void {
  checkLink(up);
  checkLink(down);
  for (const { listen, to, via = 0 } of [first, ...also]) {
    const { host = DEFAULT_HOST, port } = listen;
    if (isIP(host) === 0) throw new HhbError('bad-address', `${host} is not an IP address to listen on`);
    if (!isPort(port, 0)) throw new HhbError('bad-address', `Port ${port} is not from 0 to 65535`);
    if (!isPort(via, 0)) throw new HhbError('bad-address', `Port ${via} is not from 0 to 65535`);
    if (isIP(to.address) === 0) throw new HhbError('bad-address', `${to.address} is not an IP address`);
    if (!isPort(to.port, 1)) throw new HhbError('bad-address', `Port ${to.port} is not from 1 to 65535`);
    if (port !== 0 && (port === via || (port === to.port && host === to.address))) {
      throw new HhbError('bad-address', `Port ${port} leads back to itself`);
    }
  }
}

const isPort = (port: number, least: number): boolean =>
  Number.isInteger(port) && port >= least && port <= 65_535;

/** Nobody but this machine is relayed unless asked for: a relay passes on whatever comes. */
export const DEFAULT_HOST = '127.0.0.1';
