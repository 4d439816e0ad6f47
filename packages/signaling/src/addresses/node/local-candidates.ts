import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Candidate } from '../../protocol/types.js';
import { orderCandidates, type InterfaceAddress } from '../order-candidates.js';

/** This machine's addresses as they are now, best first: see `orderCandidates`. */
export const localCandidates = (): Candidate[] => orderCandidates(interfaceAddresses());

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
