import { isIpv6LinkLocal } from './ip.js';

/** A link-local IPv6 address, and the number of the interface that it is on. */
export interface ZonedAddress {
  address: string;
  index: number;
}

/**
 * A link-local address and its zone as a host name, for URLs have no room for a zone: `fe80--1s4.ipv6-literal.net` is
 * `fe80::1` on the interface of number 4. It is the way in which Windows writes such addresses where a colon may not
 * stand, there in UNC paths. It is of use on this machine alone; `resolveHost` finds the address.
 */
export const zonedHost = (address: string, index: number): string =>
  `${address.replaceAll(':', '-')}s${index}${suffix}`;

/** Reads what `zonedHost` makes; undefined when it is another host. */
export function readZonedHost(host: string): ZonedAddress | undefined {
  const [, dashed, digits] =
    /^([\da-f-]{2,39})s(\d{1,9})$/.exec(
      host.toLowerCase().endsWith(suffix) ? host.toLowerCase().slice(0, -suffix.length) : '',
    ) ?? [];
  const address = dashed?.replaceAll('-', ':');
  if (address === undefined || !isIpv6LinkLocal(address)) return undefined;
  return { address, index: Number(digits) };
}

const suffix = '.ipv6-literal.net';
