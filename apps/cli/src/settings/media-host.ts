import { isIP, isIPv6 } from 'node:net';
import { HhbError } from '@hellohaybye/core';
import { isIpv6LinkLocal } from '@hellohaybye/signaling';
import { interfaceAddresses, isOwnAddress, readServerUrl } from '@hellohaybye/signaling/client';
import { z } from 'zod';

/** An IP address as `--media-host` takes it: a link-local one of IPv6 with its zone, all others without. */
export const mediaHostSchema = z.string().transform((text, context) => {
  const [plain = '', zone] = text.split('%', 2);
  const complain = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (isIP(plain) === 0 || zone === '') return complain('must be an IP address of this machine');
  if (!isIPv6(plain)) return zone === undefined ? plain : complain('must have no zone: IPv4 knows none');
  // As the system tells it: in lower case, and as short as can be.
  const address = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  if (address.startsWith('::ffff:')) return complain('must be an IPv4 address as such, or one of IPv6');
  if (isIpv6LinkLocal(address) && zone === undefined) {
    return complain(`must have its zone, the network that it is in, such as ${address}%eth0`);
  }
  if (!isIpv6LinkLocal(address) && zone !== undefined)
    return complain('must have no zone: only fe80:: addresses have one');
  return zone === undefined ? address : `${address}%${zone}`;
});

/**
 * Lets an address of this machine through.
 * @throws HhbError `bad-settings`
 */
export function checkMediaHost(address: string | undefined): void {
  // All of 127.0.0.0/8 is this machine, though only one of them is told.
  if (address === undefined || address.startsWith('127.') || isOwnAddress(address)) return;
  const own = interfaceAddresses().map((one) => {
    const needsZone = isIpv6LinkLocal(one.address) && one.zone !== undefined;
    return needsZone ? `${one.address}%${one.zone}` : one.address;
  });
  throw new HhbError('bad-settings', `--media-host: this machine has no address ${address}`, {
    hint: `It has ${own.join(', ')}.`,
  });
}

/** An address of this machine as the host of a URL, which has no room for a zone: a name that this machine knows. */
export const hostOf = (address: string): string =>
  address.includes('%') ? new URL(readServerUrl(`ws://[${address}]`)).hostname : address;
