import { isIpv6LinkLocal, isLoopback, isUnicast, normalizeAddress, parseIp } from '../addresses/ip.js';
import { pinnedUrl } from '../addresses/pinned-url.js';
import { zonedHost } from '../addresses/zoned-host.js';
import { foldName, type DnsRecord } from './dns.js';
import { isOnLink, type Link } from './links.js';
import { serviceType } from './service.js';
import { decodeTxt } from './txt.js';
import type { FoundServer, ServerDescription } from './types.js';

/** What is known on one link. */
export interface LinkRecords {
  link: Link;
  records: readonly DnsRecord[];
}

interface Sighting {
  description: ServerDescription;
  port: number;
  addresses: Reachable[];
}

interface Reachable {
  /** With its zone, where it has one. */
  address: string;
  /** The same as it stands in a URL. */
  host: string;
  rank: number;
}

/**
 * Puts records together to servers: one for each id, with all its addresses, best first. An address of a network
 * that this machine is in comes before others, the better link before the worse, IPv4 before IPv6, and that before
 * link-local IPv6, which has the zone of the link it was heard on. Addresses on
 * loopback are this machine's own, and count only where they were heard on loopback: there they come first.
 * @param links best first
 */
export function assembleServers(links: readonly LinkRecords[]): FoundServer[] {
  const servers = new Map<string, Sighting>();
  links.forEach(({ link, records }, order) => {
    for (const sighting of sightings(link, records, order, links.length)) {
      const known = servers.get(sighting.description.id);
      if (known) known.addresses.push(...sighting.addresses);
      else servers.set(sighting.description.id, sighting);
    }
  });
  return [...servers.values()].map(toServer);
}

/**
 * The url of a server at an address: an IPv6 address stands in brackets.
 * @param pin of its certificate: the server speaks wss
 */
export function serverUrl(host: string, port: number, pin?: string): string {
  const place = `${parseIp(host)?.family === 6 ? `[${host}]` : host}:${port}`;
  return pin === undefined ? `ws://${place}` : pinnedUrl(`wss://${place}`, pin);
}

function sightings(link: Link, records: readonly DnsRecord[], order: number, links: number): Sighting[] {
  const byName = new Map<string, DnsRecord[]>();
  for (const record of records) {
    const name = foldName(record.name);
    byName.set(name, [...(byName.get(name) ?? []), record]);
  }
  return records.flatMap((pointer) => {
    if (pointer.type !== 'PTR') return [];
    const named = byName.get(foldName(pointer.data)) ?? [];
    const service = named.find((record) => record.type === 'SRV');
    const txt = named.find((record) => record.type === 'TXT');
    if (service?.type !== 'SRV' || txt?.type !== 'TXT') return [];
    const addresses = (byName.get(foldName(service.data.target)) ?? [])
      .filter(({ type }) => type === 'A' || type === 'AAAA')
      .map(({ data }) => normalizeAddress(String(data)))
      .filter((address) => isUsable(address, link))
      .map((address) => ({ ...reachable(address, link), rank: rankOf(address, link, order, links) }))
      .sort((one, other) => one.rank - other.rank || (one.address < other.address ? -1 : 1))
      .slice(0, mostAddresses);
    if (addresses.length === 0) return [];
    const description = decodeTxt(txt.data, pointer.data.slice(0, -serviceType.length - 1));
    return [{ description, port: service.data.port, addresses }];
  });
}

function toServer({ description, port, addresses: ranked }: Sighting): FoundServer {
  const sorted = [...ranked].sort((one, other) => one.rank - other.rank);
  const addresses = [...new Set(sorted.map(({ address }) => address))];
  const urls = [...new Set(sorted.map(({ host }) => serverUrl(host, port, description.pin)))];
  return { ...description, port, addresses, urls, local: addresses.some(isLoopback) };
}

function reachable(address: string, { zone, index = 0 }: Link): Omit<Reachable, 'rank'> {
  if (!isIpv6LinkLocal(address)) return { address, host: address };
  return { address: `${address}%${zone}`, host: zonedHost(address, index) };
}

/** IPv6 link-local addresses mean nothing without the link that they are on. */
function isUsable(address: string, link: Link): boolean {
  if (!isUnicast(address) || (isIpv6LinkLocal(address) && link.index === undefined)) return false;
  return isLoopback(address) === (link.kind === 'loopback');
}

function rankOf(address: string, link: Link, order: number, links: number): number {
  const family = isIpv6LinkLocal(address) ? 2 : isIpv6(address) ? 1 : 0;
  if (link.kind === 'loopback') return family - 3;
  return (isOnLink(link, address) ? order : links + order) * 3 + family;
}

const isIpv6 = (address: string): boolean => parseIp(address)?.family === 6;

/** Of one server on one link. */
const mostAddresses = 8;
