import { parseIp, samePrefix, type IpAddress } from '../../addresses/ip.js';

/** A network: an address and how many of its bits count. */
export interface Cidr {
  address: IpAddress;
  prefix: number;
}

/** Reads a network such as `10.0.0.0/8` or `fd00::/8`, or one address; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text);
  const address = parseIp(match?.[1] ?? '');
  if (!match || !address) return undefined;
  const bits = address.bytes.length * 8;
  const prefix = match[2] === undefined ? bits : Number(match[2]);
  return prefix <= bits ? { address, prefix } : undefined;
}

/** Whether an address is in one of the networks; what is no address is in none. */
export function inNetworks(address: string, networks: readonly Cidr[]): boolean {
  const ip = networks.length > 0 ? parseIp(address) : undefined;
  return ip !== undefined && networks.some((network) => samePrefix(ip, network.address, network.prefix));
}
