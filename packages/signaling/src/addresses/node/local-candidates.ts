import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Candidate } from '../../protocol/types.js';
import { normalizeAddress } from '../ip.js';
import { linkLocalZones, orderCandidates, type InterfaceAddress } from '../order-candidates.js';

/** This machine's addresses as they are now, best first: see `orderCandidates`. */
export const localCandidates = (): Candidate[] => orderCandidates(interfaceAddresses());

/**
 * What this machine offers others to be sent to now: the same, and IPv6 link-local addresses where there is nothing else.
 * @param host the one address that may be used, if it is not all of them; with or without a zone
 */
export function offeredCandidates(host?: string): Candidate[] {
  const all = interfaceAddresses();
  return orderCandidates(host === undefined ? all : all.filter(isThat(host)), { linkLocal: true });
}

/** The zones in which somebody's link-local address may be now: see `linkLocalZones`. */
export const localZones = (): string[] => linkLocalZones(interfaceAddresses());

/** Whether this machine has an address now; with a zone, there. */
export const isOwnAddress = (address: string): boolean => interfaceAddresses().some(isThat(address));

const isThat = (address: string) => {
  const [plain, zone] = [normalizeAddress(address), address.split('%')[1]];
  return (own: InterfaceAddress) =>
    normalizeAddress(own.address) === plain && (zone === undefined || own.zone === zone);
};

/** The addresses of all network interfaces that are up, in the system's order. */
export function interfaceAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.map((one) => ({ name, address: one.address, ...prefixOf(one.cidr), ...scopeOf(name, one) })),
  );
}

/** Windows tells its interfaces apart by number where others do by name. */
function scopeOf(name: string, one: NetworkInterfaceInfo): Pick<InterfaceAddress, 'zone' | 'index'> {
  if (one.family !== 'IPv6') return {};
  const index = one.scopeid > 0 ? { index: one.scopeid } : {};
  if (process.platform !== 'win32') return { zone: name, ...index };
  return one.scopeid > 0 ? { zone: String(one.scopeid), ...index } : {};
}

function prefixOf(cidr: string | null): { prefix?: number } {
  const prefix = Number(cidr?.split('/')[1] ?? NaN);
  return Number.isInteger(prefix) ? { prefix } : {};
}
