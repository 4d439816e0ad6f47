import { limits } from '../protocol/limits.js';
import type { Candidate } from '../protocol/types.js';
import { isIpv6LinkLocal, isLinkLocal, isLoopback, normalizeAddress, parseIp } from './ip.js';

/** An address of a network interface, as the operating system tells it. */
export interface InterfaceAddress {
  /** The interface: `eth0`, `en0`, `Wi-Fi`. */
  name: string;
  address: string;
  /** Length of the network's prefix in bits. */
  prefix?: number;
  /** IPv6: what stands after the `%` of a link-local address of this interface, here and now: `eth0`, on Windows `12`. */
  zone?: string;
  /** IPv6: the interface's number, as far as the system tells it. */
  index?: number;
}

/**
 * The addresses to offer to others, best first: real networks, networks without a DHCP server
 * (169.254.0.0/16), container bridges, virtual machines and VPNs (known by the interface's name), loopback.
 * IPv4 before IPv6.
 * @param options.linkLocal whether IPv6 link-local addresses are among them, last but for loopback: those of networks where an
 * interface has no other address, for there is no need of them elsewhere, and some tell the number of the network card (RFC 8445,
 * section 5.1.1.1). They come without their zone, which means nothing to others: see `ChooseAddressOptions.zones`.
 * @returns at most 32
 */
export function orderCandidates(
  interfaces: readonly InterfaceAddress[],
  { linkLocal = false }: { linkLocal?: boolean } = {},
): Candidate[] {
  const isLocal = (address: string) => isIpv6LinkLocal(address) || isLoopback(address);
  const named = new Set(interfaces.filter(({ address }) => !isLocal(address)).map(({ name }) => name));
  return interfaces
    .flatMap(({ name, address, prefix }) => {
      const ip = parseIp(address);
      if (!ip) return [];
      const isOffered = linkLocal && !named.has(name) && !isVirtualInterface(name);
      if (isIpv6LinkLocal(address) && !isOffered) return [];
      const candidate: Candidate = { address: normalizeAddress(address), family: ip.family };
      if (prefix !== undefined) candidate.prefix = prefix;
      return [{ candidate, rank: rankOf(name, address) * 2 + (ip.family === 6 ? 1 : 0) }];
    })
    .sort((one, other) => one.rank - other.rank)
    .slice(0, limits.candidates)
    .map(({ candidate }) => candidate);
}

/**
 * The zones of this machine's networks that have IPv6: somebody's link-local address may be in any of them (RFC 4007,
 * section 6). Not those of containers, virtual machines, VPNs and tunnels.
 * @returns at most 8
 */
export function linkLocalZones(interfaces: readonly InterfaceAddress[]): string[] {
  const zones = interfaces
    .filter(({ name, address }) => isIpv6LinkLocal(address) && !isVirtualInterface(name))
    .flatMap(({ zone }) => (zone === undefined ? [] : [zone]));
  return [...new Set(zones)].slice(0, MOST_ZONES);
}

const MOST_ZONES = 8;

function rankOf(name: string, address: string): number {
  if (isLoopback(address)) return 4;
  if (isIpv6LinkLocal(address)) return 3;
  if (isVirtualInterface(name)) return 2;
  return isLinkLocal(address) ? 1 : 0;
}

/** Whether an interface's name is one of those that containers, virtual machines, VPNs and tunnels have. */
export const isVirtualInterface = (name: string): boolean =>
  virtualInterfaces.some((pattern) => pattern.test(name));

const virtualInterfaces = [
  // Containers
  /^(docker|br-|veth|podman|cni|flannel|cali|lxc|lxd|kube|nerdctl)/i,
  // Virtual machines; bridge100 and up are those of macOS
  /^(virbr|vboxnet|vmnet|vnet|vethernet|bridge1\d\d)|virtualbox|vmware|hyper-v|wsl/i,
  // VPNs and tunnels
  /^(tun|tap|wg|utun|ppp|ipsec|gif|stf|zt|tailscale|nebula)|wireguard|openvpn|zerotier|vpn|tap-windows/i,
  // Apple's links to devices nearby
  /^(awdl|llw|anpi)/i,
];
