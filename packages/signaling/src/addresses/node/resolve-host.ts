import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { readZonedHost, zonedHost } from '../zoned-host.js';
import { interfaceAddresses } from './local-candidates.js';

/**
 * A host as sockets take it: a name that stands for a link-local address (`zonedHost`) becomes that address with the
 * zone that it has on this machine, `fe80::1%eth0`; any other host stays as it is.
 * @returns undefined when its interface is not there
 */
export function resolveHost(host: string): string | undefined {
  const zoned = readZonedHost(host);
  if (!zoned) return host;
  const own = interfaceAddresses().find(({ index }) => index === zoned.index);
  return own?.zone === undefined ? undefined : `${zoned.address}%${own.zone}`;
}

/** Looks names up as `node:net` does, and knows those that stand for link-local addresses. */
export const lookupHost: LookupFunction = (host, options, callback) => {
  if (!readZonedHost(host)) return lookup(host, options, callback);
  // Later, as a look-up does: whoever connects listens for errors only then.
  setImmediate(() => {
    const address = resolveHost(host);
    if (address === undefined) {
      const error = new Error(`The network interface of ${host} is not there`);
      return callback(Object.assign(error, { code: 'EHOSTUNREACH' }), '', 6);
    }
    if (options.all) callback(null, [{ address, family: 6 }]);
    else callback(null, address, 6);
  });
};

/**
 * A server's address as people write it, as a URL: `ws://[fe80::1%eth0]:5000`, which is none as it stands, gets a name
 * in the place of its address. Anything else stays as it is, and so does a zone that is not there.
 */
export function readServerUrl(text: string): string {
  return text.replace(zonedInBrackets, (whole, scheme: string, address: string, zone: string) => {
    const own = interfaceAddresses().find((one) => one.zone === zone && one.index !== undefined);
    return own?.index === undefined ? whole : `${scheme}${zonedHost(address.toLowerCase(), own.index)}`;
  });
}

/** Where a server is, as people read it: `192.168.1.20:5000`, `[fe80::1%eth0]:5000`. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { host, hostname, port } = new URL(url);
  const address = resolveHost(hostname);
  if (address === undefined || address === hostname) return host;
  return `[${address}]${port === '' ? '' : `:${port}`}`;
}

/** With the percent sign as it is, or as in RFC 6874. */
const zonedInBrackets = /^(wss?:\/\/)\[(fe[89ab][\da-f]:[\da-f:.]+)%(?:25)?([^\]/]+)\]/i;
