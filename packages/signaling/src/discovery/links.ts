import { isLinkLocal, isLoopback, normalizeAddress, parseIp, samePrefix } from '../addresses/ip.js';
import { isVirtualInterface, type InterfaceAddress } from '../addresses/order-candidates.js';

/** A network interface on which servers are announced and looked for. */
export interface Link {
  /** The interface: `eth0`, `Wi-Fi`. */
  name: string;
  kind: 'network' | 'virtual' | 'loopback';
  /** Its addresses; the first is IPv4 and the one that packets are sent from. */
  addresses: readonly LinkAddress[];
}

/** An address of a link. */
export interface LinkAddress {
  address: string;
  family: 4 | 6;
  /** Length of the network's prefix in bits. */
  prefix: number;
}

/** Which interfaces are used. */
export interface LinkChoice {
  /** Only interfaces of these names; all when left out. */
  interfaces?: readonly string[];
  /** Only the interface that has this address. */
  address?: string;
}

/**
 * The links of this machine, best first: networks, networks without a DHCP server (169.254.0.0/16), those of
 * containers, virtual machines, VPNs and tunnels, loopback. Interfaces without IPv4 are left out.
 */
export function linksOf(addresses: readonly InterfaceAddress[], choice: LinkChoice = {}): Link[] {
  const byName = new Map<string, LinkAddress[]>();
  for (const { name, address, prefix } of addresses) {
    const ip = parseIp(address);
    if (!ip) continue;
    const known = byName.get(name) ?? [];
    known.push({
      address: normalizeAddress(address),
      family: ip.family,
      prefix: prefix ?? ip.bytes.length * 8,
    });
    byName.set(name, known);
  }
  return [...byName]
    .map(([name, list]) => ({ name, addresses: [...list].sort((one, other) => one.family - other.family) }))
    .filter((link) => link.addresses[0]?.family === 4 && isChosen(link, choice))
    .map((link) => ({ link: { ...link, kind: kindOf(link) }, rank: rankOf(link) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ link }) => link);
}

/**
 * What is to be done when the interfaces have changed: a link that has changed is stopped and started again.
 * @param running those in use
 * @param wanted those that there are now
 */
export function diffLinks(
  running: readonly Link[],
  wanted: readonly Link[],
): { start: Link[]; stop: Link[] } {
  const keyOf = ({ name, addresses }: Link) => JSON.stringify([name, addresses]);
  const [now, then] = [new Set(wanted.map(keyOf)), new Set(running.map(keyOf))];
  return {
    start: wanted.filter((link) => !then.has(keyOf(link))),
    stop: running.filter((link) => !now.has(keyOf(link))),
  };
}

/**
 * Whether a packet from an address came over a link. Each socket is handed the multicast packets of all
 * interfaces, and Node does not tell which one a packet came in at: but who is on a link has an address of it
 * (RFC 6762, section 11).
 */
export function isOnLink(link: Link, address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && link.addresses.some((own) => samePrefix(ip, parseIp(own.address)!, own.prefix));
}

function isChosen({ name, addresses }: Omit<Link, 'kind'>, choice: LinkChoice): boolean {
  if (choice.interfaces && !choice.interfaces.includes(name)) return false;
  return choice.address === undefined || addresses.some(({ address }) => address === choice.address);
}

function kindOf({ name, addresses }: Omit<Link, 'kind'>): Link['kind'] {
  if (addresses.some(({ address }) => isLoopback(address))) return 'loopback';
  return isVirtualInterface(name) ? 'virtual' : 'network';
}

function rankOf(link: Omit<Link, 'kind'>): number {
  const kind = kindOf(link);
  if (kind === 'network') return isLinkLocal(link.addresses[0]!.address) ? 1 : 0;
  return kind === 'virtual' ? 2 : 3;
}
