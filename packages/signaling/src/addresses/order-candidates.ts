import { limits } from '../protocol/limits.js';
import type { Candidate } from '../protocol/types.js';
import { isLinkLocal, isLoopback, normalizeAddress, parseIp } from './ip.js';

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
 * IPv4 before IPv6. IPv6 link-local addresses are left out: they mean nothing without the sender's zone.
 * @returns at most 32
 */
export function orderCandidates(interfaces: readonly InterfaceAddress[]): Candidate[] {
  return interfaces
    .flatMap(({ name, address, prefix }) => {
      const ip = parseIp(address);
      if (!ip || (ip.family === 6 && isLinkLocal(address))) return [];
      const candidate: Candidate = { address: normalizeAddress(address), family: ip.family };
      if (prefix !== undefined) candidate.prefix = prefix;
      return [{ candidate, rank: rankOf(name, address) * 2 + (ip.family === 6 ? 1 : 0) }];
    })
    .sort((one, other) => one.rank - other.rank)
    .slice(0, limits.candidates)
    .map(({ candidate }) => candidate);
}

function rankOf(name: string, address: string): number {
  if (isLoopback(address)) return 3;
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
