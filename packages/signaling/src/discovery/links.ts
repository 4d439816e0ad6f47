import { isLinkLocal, isLoopback, normalizeAddress, parseIp, samePrefix } from '../addresses/ip.js';
import { isVirtualInterface, type InterfaceAddress } from '../addresses/order-candidates.js';

/** A network interface on which servers are announced and looked for. */
export interface Link {
  /** The interface: `eth0`, `Wi-Fi`. */
  name: string;
  kind: 'network' | 'virtual' | 'loopback';
  /** The families over which packets are sent and taken on it; at least one. */
  families: readonly Family[];
  /** Its addresses: IPv4, then IPv6, link-local ones last. */
  addresses: readonly LinkAddress[];
  /** What stands after the `%` of its link-local IPv6 addresses; undefined where it has no IPv6. */
  zone?: string;
  /** Its number, where the system tells it. */
  index?: number;
}

export type Family = 4 | 6;

/** An address of a link. */
export interface LinkAddress {
  address: string;
  family: Family;
  /** Length of the network's prefix in bits. */
  prefix: number;
}

/** Which interfaces are used. */
export interface LinkChoice {
  /** Only interfaces of these names; all when left out. */
  interfaces?: readonly string[];
  /** Only the interface that has this address, with or without its zone, and over its family alone. */
  address?: string;
}

/**
 * The links of this machine, best first: networks, networks without a DHCP server (169.254.0.0/16, or nothing but
 * link-local IPv6), those of containers, virtual machines, VPNs and tunnels, loopback. Loopback is of use with IPv4
 * alone: there is no way to an IPv6 multicast group over it.
 */
export function linksOf(addresses: readonly InterfaceAddress[], choice: LinkChoice = {}): Link[] {
  const byName = new Map<string, Found>();
  for (const { name, address, prefix, zone, index } of addresses) {
    const ip = parseIp(address);
    if (!ip) continue;
    const known = byName.get(name) ?? { name, addresses: [] };
    known.addresses.push({
      address: normalizeAddress(address),
      family: ip.family,
      prefix: prefix ?? ip.bytes.length * 8,
    });
    if (zone !== undefined) known.zone = zone;
    if (index !== undefined) known.index = index;
    byName.set(name, known);
  }
  return [...byName.values()]
    .map((found) => ({ ...found, addresses: found.addresses.sort(compareAddresses), kind: kindOf(found) }))
    .map((found) => ({ ...found, families: familiesOf(found, choice) }))
    .filter((link) => link.families.length > 0 && isChosen(link, choice))
    .map((link) => ({ link, rank: rankOf(link) }))
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
 * (RFC 6762, section 11), and a link-local IPv6 address comes with its zone.
 */
export function isOnLink(link: Link, address: string): boolean {
  const at = address.indexOf('%');
  if (at >= 0) return address.slice(at + 1) === link.zone;
  const ip = parseIp(address);
  return ip !== undefined && link.addresses.some((own) => samePrefix(ip, parseIp(own.address)!, own.prefix));
}

type Found = Pick<Link, 'name' | 'zone' | 'index'> & { addresses: LinkAddress[] };

function familiesOf({ addresses, zone, kind }: Omit<Link, 'families'>, { address }: LinkChoice): Family[] {
  const only = address === undefined ? undefined : parseIp(address)?.family;
  const canBe = { 4: true, 6: zone !== undefined && kind !== 'loopback' };
  return ([4, 6] as const).filter(
    (family) =>
      canBe[family] &&
      (only === undefined || only === family) &&
      addresses.some((own) => own.family === family),
  );
}

function compareAddresses(one: LinkAddress, other: LinkAddress): number {
  const rank = ({ address, family }: LinkAddress) => (family === 4 ? 0 : isLinkLocal(address) ? 2 : 1);
  return rank(one) - rank(other);
}

function isChosen({ name, addresses, zone }: Link, choice: LinkChoice): boolean {
  if (choice.interfaces && !choice.interfaces.includes(name)) return false;
  if (choice.address === undefined) return true;
  const [plain, inZone = zone] = choice.address.split('%', 2);
  return inZone === zone && addresses.some(({ address }) => address === plain);
}

function kindOf({ name, addresses }: Found): Link['kind'] {
  if (addresses.some(({ address }) => isLoopback(address))) return 'loopback';
  return isVirtualInterface(name) ? 'virtual' : 'network';
}

function rankOf({ kind, addresses }: Link): number {
  if (kind === 'network') return isLinkLocal(addresses[0]!.address) ? 1 : 0;
  return kind === 'virtual' ? 2 : 3;
}
