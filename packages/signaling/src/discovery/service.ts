import { normalizeAddress, parseIp } from '../addresses/ip.js';
import type { DnsRecord } from './dns.js';
import type { Link } from './links.js';
import { encodeTxt } from './txt.js';
import type { ServerDescription } from './types.js';

/** The type of our service in DNS-SD. */
export const serviceType = '_hellohaybye._tcp.local';

/** A server that is announced: what it tells of itself, and where it listens. */
export interface AnnouncedServer extends ServerDescription {
  /** TCP port. */
  port: number;
  /** The address it listens at; `0.0.0.0` for all of IPv4, `::` for everything. */
  host: string;
}

/**
 * The records that announce a server on one link: with the addresses of that link alone (RFC 6762, section 14),
 * and of those the ones that it listens at.
 * @returns none where it can't be reached over this link
 */
export function serviceRecords(server: AnnouncedServer, link: Link): DnsRecord[] {
  const instance = `hellohaybye-${server.id}.${serviceType}`;
  const target = `hellohaybye-${server.id}.local`;
  const addresses = link.addresses.filter(({ address }) => listensAt(server.host, address));
  if (addresses.length === 0) return [];
  return [
    { type: 'PTR', name: serviceType, ttl, data: instance },
    { type: 'SRV', name: instance, ttl, flush: true, data: { target, port: server.port } },
    { type: 'TXT', name: instance, ttl, flush: true, data: encodeTxt(server) },
    ...addresses.map(({ address, family }): DnsRecord => {
      return { type: family === 4 ? 'A' : 'AAAA', name: target, ttl, flush: true, data: address };
    }),
    // By which browsers of all services find the type (RFC 6763, section 9).
    { type: 'PTR', name: '_services._dns-sd._udp.local', ttl, data: serviceType },
  ];
}

/** The records that take an announcement back (RFC 6762, section 10.1). That of the type is others', too. */
export const goodbyeRecords = (records: readonly DnsRecord[]): DnsRecord[] =>
  records.filter(({ data }) => data !== serviceType).map((record) => ({ ...record, ttl: 0 }));

/** Whether who listens at a host is reached at an address of this machine. */
function listensAt(host: string, address: string): boolean {
  if (host === '::') return true;
  if (host === '0.0.0.0') return parseIp(address)?.family === 4;
  return normalizeAddress(host) === address || (host === 'localhost' && address === '127.0.0.1');
}

/**
 * Seconds. All have the time that RFC 6762 (section 10) has for records with a host's name, for all of them
 * go with the process that hosts.
 */
const ttl = 120;
