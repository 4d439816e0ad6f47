import { networkInterfaces } from 'node:os';
import type { Candidate } from '../../protocol/types.js';
import { orderCandidates, type InterfaceAddress } from '../order-candidates.js';

/** This machine's addresses as they are now, best first: see `orderCandidates`. */
export const localCandidates = (): Candidate[] => orderCandidates(interfaceAddresses());

/** The addresses of all network interfaces that are up, in the system's order. */
export function interfaceAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.map(({ address, cidr }) => ({ name, address, ...prefixOf(cidr) })),
  );
}

function prefixOf(cidr: string | null): { prefix?: number } {
  const prefix = Number(cidr?.split('/')[1] ?? NaN);
  return Number.isInteger(prefix) ? { prefix } : {};
}
